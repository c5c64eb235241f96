// The bytes of modules in R2, under the documented key, known by their SHA-256.
import { Fault } from "#domain/fault.ts";
import { artifactKey } from "#domain/module.ts";

type Bucket = Pick<Env, "ARTIFACTS">;
type Named = { readonly name: string; readonly version: string };

export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

export async function writeArtifact(
  env: Bucket,
  module: Named & { readonly digest: string },
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await env.ARTIFACTS.put(artifactKey(module.name, module.version), bytes, {
    sha256: module.digest,
    httpMetadata: { contentType: "application/wasm" },
  });
}

export async function hasArtifact(env: Bucket, module: Named): Promise<boolean> {
  return (await env.ARTIFACTS.head(artifactKey(module.name, module.version))) !== null;
}

/** The bytes, checked against the digest of their registration at every load. */
export async function readArtifact(
  env: Bucket,
  module: Named & { readonly digest: string },
): Promise<ArrayBuffer> {
  const key = artifactKey(module.name, module.version);
  const object = await env.ARTIFACTS.get(key);
  if (object === null)
    throw new Fault("ARTIFACT_CORRUPT", `The artifact ${key} is missing from storage.`);
  const bytes = await object.arrayBuffer();
  const digest = await digestOf(new Uint8Array(bytes));
  if (digest !== module.digest) {
    throw new Fault(
      "ARTIFACT_CORRUPT",
      `The artifact ${key} was registered with SHA-256 ${module.digest} and now has ${digest}; it is not loaded.`,
    );
  }
  return bytes;
}

export async function deleteArtifact(env: Bucket, module: Named): Promise<void> {
  await env.ARTIFACTS.delete(artifactKey(module.name, module.version));
}
