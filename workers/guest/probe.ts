// The tiny guest with which a node shows that it can run one.
import type { GuestAnswer, GuestCall } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import type { Prepared } from "#domain/prepared.ts";
import { prepareCore } from "#wasm/prepare.ts";

/** (module (func (export "probe") (result i32) i32.const 42)) */
const MODULE = Uint8Array.fromHex(
  "0061736d010000000105016000017f030201000709010570726f626500000a06010400412a0b",
);

export const PROBE = { digest: "probe", limits: DEFAULT_LIMITS } as const;

export function preparedProbe(): Prepared {
  return prepareCore(MODULE, DEFAULT_LIMITS);
}

/** `call` calls the guest that was loaded of it. */
export async function probe(call: (request: GuestCall) => Promise<GuestAnswer>): Promise<boolean> {
  try {
    const { returnValue } = await call({
      function: { name: "probe", style: "numbers", parameters: [], results: ["i32"] },
      arguments: [],
      program: "probe",
      gas: { budget: 1_000, slice: 1_000 },
      timeoutMs: 1_000,
      bounds: { outputBytesMax: 16, logBytesMax: 0 },
      environment: {},
      files: { access: "Disabled", preopens: [], files: [] },
    });
    return returnValue === "42";
  } catch (thrown) {
    console.error("probe failed", thrown);
    return false;
  }
}
