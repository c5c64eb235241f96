// What a runner loads: the prepared artifact as it is kept, or made anew of the original where it isn't.
import type { Assignment } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import { CORE_PART, entryOf, preparedKey } from "#domain/prepared.ts";
import type { Entry, Prepared } from "#domain/prepared.ts";
import type { Convention, ModuleLimits } from "#domain/module.ts";
import { transpilerIsolate, transpilerOf } from "#guest/isolate.ts";
import { readArtifact } from "#stores/artifacts.ts";
import { PreparedUpload, openPrepared, readPrepared } from "#stores/prepared.ts";
import { prepareComponent } from "#wasm/prepare-component.ts";
import type { UnwrittenPart } from "#wasm/prepare-component.ts";
import { METER_VERSION, metered } from "#wasm/prepare.ts";

type Bucket = Pick<Env, "ARTIFACTS" | "LOADER">;

type Original = {
  readonly digest: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly convention: Convention;
  readonly limits: Pick<ModuleLimits, "maxMemoryMB">;
};

/** One read where it is kept. A cold module of an older meter, or one that was harmed, costs two more and a write. */
export async function preparedArtifact(env: Bucket, assignment: Assignment): Promise<Prepared> {
  const key = keyOf(assignment);
  const kept = await readPrepared(env, key);
  if (kept.type === "sound") return kept.prepared;
  if (kept.type === "corrupt") {
    const message = `The prepared artifact ${key} was not as it was written; it is made anew.`;
    console.warn(JSON.stringify({ level: "warn", message, moduleId: assignment.moduleId }));
  }
  await remake(env, assignment);
  const made = await readPrepared(env, key);
  if (made.type === "sound") return made.prepared;
  throw new Fault("ARTIFACT_CORRUPT", `The prepared artifact ${key} is ${made.type}.`);
}

/** As it is kept, for whoever reads it whole and checks it. `isChecked`: here too, and made anew if it is harmed. */
export async function openArtifact(
  env: Bucket,
  assignment: Assignment,
  isChecked: boolean,
): Promise<ReadableStream> {
  const key = keyOf(assignment);
  const kept = isChecked ? null : await openPrepared(env, key);
  if (kept !== null) return kept;
  await preparedArtifact(env, assignment);
  const made = await openPrepared(env, key);
  if (made !== null) return made;
  throw new Fault("ARTIFACT_CORRUPT", `The prepared artifact ${key} is absent.`);
}

/** Written, not kept in memory beside the original: each of them may be as large as a third of the isolate's. */
async function remake(env: Bucket, assignment: Assignment): Promise<void> {
  const bytes = new Uint8Array(await readArtifact(env, assignment));
  const upload = await prepare(env, { ...assignment, bytes });
  await upload.commit();
}

/**
 * Prepares an artifact that the engine takes and writes it as it goes. What comes is neither to be read nor thrown
 * away before the caller says so. Throws a WasmFault for what can't be metered.
 */
export async function prepare(env: Bucket, original: Original): Promise<PreparedUpload> {
  const entry = entryOf(original.convention);
  const upload = new PreparedUpload(env, keyOf(original));
  try {
    for (const { pieces, ...part } of await unwritten(env, original, entry)) {
      await upload.part(part, pieces);
    }
    await upload.seal(entry);
    return upload;
  } catch (cause) {
    await upload.discard();
    throw cause;
  }
}

async function unwritten(
  env: Bucket,
  { bytes, limits }: Original,
  entry: Entry,
): Promise<UnwrittenPart[]> {
  if (entry === "core") {
    return [{ name: CORE_PART, kind: "wasm", pieces: metered(bytes, limits) }];
  }
  return prepareComponent(bytes, limits, async (...given) =>
    transpilerIsolate(env).transpile(...given),
  );
}

/** What the prepared artifact calls itself. */
export function keyOf({
  digest,
  convention,
  limits,
}: Pick<Original, "digest" | "convention" | "limits">): string {
  return preparedKey({
    digest,
    meterVersion: METER_VERSION,
    transpiler: transpilerOf(entryOf(convention)),
    maxMemoryMB: limits.maxMemoryMB,
  });
}
