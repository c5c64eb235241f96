// A manifest from the text that a client sent: YAML or JSON. What is wrong with it is told with the path of each.
import { parseYaml } from "#domain/yaml.ts";
import { pathOf } from "./path.ts";
import { manifestSchema } from "./schema.ts";
import type { Manifest } from "./schema.ts";
import { validate } from "./validate.ts";
import type { Finding } from "./validate.ts";

export type Parsed =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly errors: readonly Finding[] };

/** What a client says that it sends; null for YAML, of which JSON is a part. */
export type ManifestFormat = "json" | "yaml" | null;

export function parseManifest(text: string, format: ManifestFormat): Parsed {
  const read = format === "json" ? parseJson(text) : parseYaml(text);
  if (!read.ok) return refuse([{ level: "error", path: "", message: read.fault }]);
  const shaped = manifestSchema.safeParse(read.value);
  if (!shaped.success) {
    return refuse(
      shaped.error.issues.map(({ path, message }) => ({
        level: "error",
        path: pathOf(path),
        message,
      })),
    );
  }
  const findings = validate(shaped.data);
  const errors = findings.filter(({ level }) => level === "error");
  return errors.length > 0
    ? refuse(errors)
    : { ok: true, manifest: shaped.data, warnings: findings };
}

/** One sentence for all of them. */
export function tellFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
}

function refuse(errors: readonly Finding[]): Parsed {
  return { ok: false, errors };
}

function parseJson(text: string): ReturnType<typeof parseYaml> {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch (thrown) {
    return { ok: false, fault: thrown instanceof Error ? thrown.message : "the text is no JSON" };
  }
}
