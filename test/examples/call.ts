// Calls an example's function as the guest harness does: a fresh instance, JSON in, JSON out.
import type { FunctionSignature } from "#domain/module.ts";
import { callJson } from "#guest/json.ts";

export async function callExample(
  module: WebAssembly.Module,
  name: string,
  parameters: unknown,
): Promise<unknown> {
  const signature: FunctionSignature = { name, style: "json", parameters: [], results: ["i64"] };
  const call = (fn: CallableFunction, ...values: readonly unknown[]) =>
    Promise.resolve<unknown>(fn(...values));
  const instance = await WebAssembly.instantiate(module, {});
  return JSON.parse(await callJson({ instance, call }, signature, JSON.stringify(parameters)));
}
