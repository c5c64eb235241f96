// What a component imports and another has: each function asks the host, by the link that its call was given, and the
// guest is suspended until the other has answered. A call that could not be made ends the guest: WIT has no word for it.
import { check } from "#domain/wit/check.ts";
import { tell } from "#domain/wit/tell.ts";
import { keyOf } from "#domain/wit/value.ts";
import type { WitValue } from "#domain/wit/value.ts";
import type { LinkedInterface } from "#domain/linked.ts";
import type { CallPort } from "#domain/port.ts";
import type { WitSignature } from "#domain/module.ts";
import type { Fuel } from "#guest/fuel.ts";

/** What it is linked to has not answered. */
export class LinkFailure extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "LinkFailure";
  }
}

type Way = {
  readonly calls: CallPort | null;
  readonly fuel: Fuel;
  /** Of what it passes, as JSON. */
  readonly charactersMax: number;
};

export function linkedImports(
  interfaces: readonly LinkedInterface[],
  way: Way,
): Record<string, unknown> {
  return Object.fromEntries(
    interfaces.map(({ name, functions }) => [
      name,
      Object.fromEntries(
        functions.map((signature) => [
          keyOf(signature.name),
          (...values: readonly unknown[]) => ask({ name, signature, values }, way),
        ]),
      ),
    ]),
  );
}

async function ask(
  of: {
    readonly name: string;
    readonly signature: WitSignature;
    readonly values: readonly unknown[];
  },
  { calls, fuel, charactersMax }: Way,
): Promise<WitValue> {
  const { name, signature, values } = of;
  const fail = (reason: string) =>
    fuel.stop(new LinkFailure(`${name}#${signature.name}: ${reason}`));
  if (calls === null) return fail(`no link of the component leads to ${name}.`);
  const told = signature.parameters.map(({ type }, at) => tell(type, values[at], charactersMax));
  const parameters = `[${told.join(",")}]`;
  fuel.copied(parameters.length);
  const answer = await calls
    .call({ interface: name, function: signature.name, parameters })
    .catch((cause: unknown) => fail(`it was lost: ${String(cause)}`));
  if (!answer.ok) return fail(answer.reason);
  const { result } = signature;
  if (result === null) return undefined;
  fuel.copied(answer.value?.length ?? 0);
  const read = check(result, JSON.parse(answer.value ?? "null"));
  if (!read.ok) return fail(`it answered with another type: ${read.faults.join("; ")}.`);
  return result.kind === "result" ? settled(read.value) : read.value;
}

/** The glue takes a function's own `result` without its tag, and its error as what is thrown. */
function settled(value: WitValue): WitValue {
  // As `check` reads a result.
  const { tag, val } = value as { tag: "ok" | "err"; val: WitValue };
  if (tag === "ok") return val;
  throw Object.assign(new Error("the linked function's error"), { payload: val });
}
