// The tiny guest with which a node shows that it can run one.
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { guestIsolate } from "#guest/isolate.ts";
import { prepareCore } from "#wasm/prepare.ts";

/** (module (func (export "probe") (result i32) i32.const 42)) */
const PROBE = Uint8Array.fromHex(
  "0061736d010000000105016000017f030201000709010570726f626500000a06010400412a0b",
);

export async function probe(env: Pick<Env, "LOADER">): Promise<boolean> {
  try {
    const guest = guestIsolate(env, {
      digest: "probe",
      entry: "core",
      limits: DEFAULT_LIMITS,
      prepared: async () => prepareCore(PROBE, DEFAULT_LIMITS),
    });
    const { returnValue } = await guest.call({
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
