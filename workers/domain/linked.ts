// Calls from one component to another by a link: which interfaces a link can lead to, what crosses it, and whether both
// ends mean the same by it. Values travel as the JSON of their WIT types, which the called side checks against its own.
import type { Module, WitSignature } from "./module.ts";
import { withoutVersion } from "./wasi.ts";
import { witText } from "./wit/text.ts";

/** One that a component imports and nobody but another component has. */
export type LinkedInterface = {
  /** `my:shop/cart`: versions don't matter to a link, types do. */
  readonly name: string;
  readonly functions: readonly WitSignature[];
};

export type LinkedCall = {
  readonly interface: string;
  readonly function: string;
  /** A JSON array. */
  readonly parameters: string;
};

export type LinkedAnswer =
  /** JSON; null for a function that gives nothing. */
  | { readonly ok: true; readonly value: string | null }
  | { readonly ok: false; readonly reason: string };

export interface LinkCalls {
  call(asked: LinkedCall): Promise<LinkedAnswer>;
}

/** These are the platform's own to provide. */
const OWN = /^(?:wasi|wasmcloud|wrpc):/;

export function isLinkable(name: string): boolean {
  return name.includes(":") && !OWN.test(name);
}

/** Why the target can't answer what the source asks by these interfaces, by function; none where it can. */
export function linkFaults(
  interfaces: readonly string[],
  source: { readonly id: string; readonly imports: readonly LinkedInterface[] },
  target: Pick<Module, "id" | "signatures" | "uncallable">,
): string[] {
  return interfaces.flatMap((name) => {
    const imported = source.imports.find((one) => one.name === name);
    if (imported === undefined) return [`${source.id} does not import ${name}.`];
    return imported.functions.flatMap((wanted) =>
      faultOf(`${name}#${wanted.name}`, wanted, target),
    );
  });
}

function faultOf(
  name: string,
  wanted: WitSignature,
  { id, signatures, uncallable }: Pick<Module, "id" | "signatures" | "uncallable">,
): string[] {
  const isIt = (one: { readonly name: string }) => withoutVersion(one.name) === name;
  const offered = signatures.find(isIt);
  if (offered?.style === "wit") {
    const [asks, answers] = [shapeOf(wanted), shapeOf(offered)];
    if (asks === answers) return [];
    return [`${name}: the source imports ${asks}, and ${id} exports ${answers}.`];
  }
  const refused = uncallable.find(isIt);
  return [
    refused === undefined
      ? `${id} does not export ${name}.`
      : `${name} of ${id} can't be called by a link: ${refused.reason}`,
  ];
}

/** Its types spelled out: what each side calls them is its own. */
function shapeOf(signature: WitSignature): string {
  const nameless: unknown = JSON.parse(JSON.stringify(signature), (_, value: unknown) => {
    if (typeof value !== "object" || value === null || !("kind" in value)) return value;
    const { name: _name, ...shape } = value as { name?: unknown };
    return shape;
  });
  // The same but for the names that a type may go without.
  return witText(nameless as WitSignature).replace(/;$/, "");
}
