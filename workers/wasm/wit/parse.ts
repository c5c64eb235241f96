// Reads the WIT text of a registered interface with the reference tools, in an instance of their own
// for each text. It refuses a text whose package isn't the registered one, that lacks the interface,
// or that leads to interfaces nobody gave it; it never throws for what an author wrote.
import { instantiateWitTools, type WitTools } from "#build/wit-tools.js";
import { compose, interfaceId, packageLine, packageOf, type WitSource } from "./compose.ts";
import { decodeWorld } from "./decode.ts";
import type { WitInterface } from "./interface.ts";
import { locate, type Position, positionOf } from "./locate.ts";
import { reachableImports } from "./reach.ts";
import { componentTypeOf } from "./section.ts";

export interface WitFault extends Position {
  readonly message: string;
}

export type WitResult =
  | { readonly ok: true; readonly interface: WitInterface }
  | { readonly ok: false; readonly faults: readonly WitFault[] };

export const witCharactersMax = 262_144;

const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const packagePattern = /^[A-Za-z][A-Za-z0-9-]*:[A-Za-z][A-Za-z0-9-]*$/;
const namePattern = /^[A-Za-z][A-Za-z0-9-]*$/;
const versionPattern = /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;

/** Reads an interface; `dependencies` may be all that are registered, only those it uses are taken. */
export async function parseWit(
  source: WitSource,
  dependencies: readonly WitSource[] = [],
): Promise<WitResult> {
  const refusal = refuse(source);
  if (refusal) return { ok: false, faults: [refusal] };
  const tools = await instantiateWitTools();
  const { prefix, text, world } = compose(source, dependencies);
  const embedded = attempt(() => embed(tools, prefix + text, world));
  await turn();
  const outcome = embedded.ok ? attempt(() => encode(tools, embedded.value)) : embedded;
  await turn();
  if (!outcome.ok) {
    const complain = async (cut: string): Promise<string | null> => {
      await turn();
      const answer = attempt(() => embed(tools, `package edgeloom:cut; ${cut}`, world));
      return answer.ok ? null : answer.message;
    };
    const offset = outcome.isTrap ? 0 : await locate({ message: outcome.message, text, complain });
    return { ok: false, faults: [faultAt(source.text, offset, outcome.message)] };
  }
  const printed = tools.print(outcome.value);
  await turn();
  const interfaces = decodeWorld(printed);
  const own = interfaces.find(({ id }) => id === interfaceId(source));
  if (!own) throw new Error(`The WIT tools gave no interface ${interfaceId(source)}.`);
  return { ok: true, interface: { ...own, imports: reachableImports(own, interfaces) } };
}

/** A long text is work for a while: whoever else is in this process has a turn between the steps of it. */
function turn(): Promise<void> {
  return scheduler.wait(0);
}

/** What can be said without the tools, and must be, since the names go into the text they read. */
function refuse(source: WitSource): WitFault | null {
  const { namespace, name, version, text } = source;
  if (!packagePattern.test(namespace)) {
    return faultAt(text, 0, `expected a namespace like wasi:custom, found ${show(namespace)}`);
  }
  if (!namePattern.test(name)) {
    return faultAt(text, 0, `expected a name like image-processing, found ${show(name)}`);
  }
  if (!versionPattern.test(version)) {
    return faultAt(text, 0, `expected a version like 1.2.0, found ${show(version)}`);
  }
  if (text.length > witCharactersMax) {
    return faultAt(
      text,
      0,
      `expected at most ${witCharactersMax} characters, found ${text.length}`,
    );
  }
  const line = packageLine(text);
  if (line && line.name !== packageOf(source) && line.name !== namespace) {
    const message = `expected package ${packageOf(source)}, as registered, found package ${line.name}`;
    return faultAt(text, line.start, message);
  }
  return null;
}

/** A world's types, as a component, valid. */
function encode(tools: WitTools, embedded: Uint8Array): Uint8Array {
  tools.componentNew(embedded);
  return componentTypeOf(embedded);
}

function embed(tools: WitTools, witSource: string, world: string): Uint8Array {
  return tools.componentEmbed({ binary: emptyModule, witSource, world, features: { tag: "all" } });
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly isTrap: boolean };

/** The tools throw an Error with a payload for a faulty text; a trap is their own failure at one. */
function attempt<T>(action: () => T): Attempt<T> {
  try {
    return { ok: true, value: action() };
  } catch (thrown) {
    if (thrown instanceof Error && "payload" in thrown) {
      return { ok: false, message: explain(thrown.message), isTrap: false };
    }
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      const message = "the reference tools gave up on this text; make it smaller or less nested";
      return { ok: false, message, isTrap: true };
    }
    throw thrown;
  }
}

/** The innermost cause in one line, with the way out where the tools don't tell it. */
function explain(message: string): string {
  const cause = message.split("Caused by:").at(-1) ?? message;
  const line = cause
    .replace(/\(at offset 0x[0-9a-f]+\)/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const unknown = /^package '([^']+)' not found/.exec(line)?.[1];
  return unknown === undefined
    ? line
    : `package '${unknown}' is not known: register the interfaces that this text uses before it`;
}

function faultAt(text: string, offset: number, message: string): WitFault {
  return { message, ...positionOf(text, offset) };
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
