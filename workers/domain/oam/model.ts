// A stored version of an application's manifest, and which of its versions is deployed.
import type { Manifest } from "./schema.ts";

export type ModelVersion = {
  readonly lattice: string;
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly manifest: Manifest;
  readonly storedAt: number;
  readonly storedBy: string;
};

export const LATEST = "latest";

/** `version` is what stands for it where the manifest names none. */
export function modelVersion(
  manifest: Manifest,
  of: Pick<ModelVersion, "lattice" | "version" | "storedAt" | "storedBy">,
): ModelVersion {
  const { name, annotations } = manifest.metadata;
  const version = annotations?.["version"] ?? of.version;
  const named = {
    ...manifest,
    metadata: { ...manifest.metadata, annotations: { ...annotations, version } },
  };
  return {
    ...of,
    name,
    version,
    description: annotations?.["description"] ?? null,
    manifest: named,
  };
}
