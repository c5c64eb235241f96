// The tiny guest with which a node shows that it can run one.
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { CORE_PART } from "#domain/prepared.ts";
import { guestIsolate } from "#guest/isolate.ts";
import { meterModule } from "#wasm/meter/meter.ts";

/** (module (func (export "probe") (result i32) i32.const 42)) */
const PROBE = Uint8Array.fromHex(
  "0061736d010000000105016000017f030201000709010570726f626500000a06010400412a0b",
);

/** It has neither memory nor tables. */
const NOTHING = { memoryPagesMax: 0, tableElementsMax: 0 };

export async function probe(env: Pick<Env, "LOADER">): Promise<boolean> {
  try {
    const guest = guestIsolate(env, {
      digest: "probe",
      entry: "core",
      limits: DEFAULT_LIMITS,
      prepared: async () => ({
        entry: "core",
        parts: [{ name: CORE_PART, kind: "wasm", bytes: meterModule(PROBE, NOTHING).bytes }],
      }),
    });
    const { returnValue } = await guest.call({
      function: { name: "probe", style: "numbers", parameters: [], results: ["i32"] },
      arguments: [],
      gasBudget: 1_000,
      outputLimitBytes: 16,
    });
    return returnValue === "42";
  } catch (thrown) {
    console.error("probe failed", thrown);
    return false;
  }
}
