// What becomes of an upload that was received: every fault of the fields and of the binary is told at once.
import { examine } from "#control/modules.ts";
import type { Examined, Registration } from "#control/modules.ts";
import { Fault } from "#domain/fault.ts";
import { sentences } from "#http/validation.ts";
import { registrationFields } from "./schema.ts";
import type { Parts } from "./upload/body.ts";

export type Upload = { readonly registration: Registration; readonly examined: Examined };

export async function readUpload(env: Env, { fields, bytes }: Parts): Promise<Upload> {
  const parsed = registrationFields.safeParse(fields);
  const examined =
    typeof bytes === "string" ? null : await examine(env, bytes, parsed.data ?? null);
  const details = [
    ...(parsed.success ? [] : sentences(parsed.error.issues)),
    ...(typeof bytes === "string" ? [bytes] : []),
    ...(examined?.faults ?? []),
  ];
  if (parsed.success && examined !== null && details.length === 0) {
    return { registration: parsed.data, examined };
  }
  await examined?.prepared?.discard();
  throw new Fault("VALIDATION_ERROR", "Module validation failed", { details });
}
