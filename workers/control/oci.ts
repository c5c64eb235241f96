// From the image that a workload names to a registered module: by its name, or pulled from an OCI registry once.
import { z } from "zod";
import { Fault } from "#domain/fault.ts";
import { parseImage, registeredAs } from "#domain/image.ts";
import type { Image } from "#domain/image.ts";
import { DEFAULT_LIMITS, MODULE_BYTES_MAX, moduleId } from "#domain/module.ts";
import type { Module } from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { digestOf } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { findModule, newestActive } from "#stores/modules.ts";
import { inspect } from "#wasm/inspect.ts";
import { examine, registerModule } from "./modules.ts";
import { Registry, parseJson, readBounded } from "./oci/registry.ts";

type Artifact = Extract<Image, { type: "oci" }>;
type By = { readonly principal: Principal; readonly now: number };

const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  INDEX,
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");
const WASM_LAYERS: ReadonlySet<string> = new Set([
  "application/wasm",
  "application/vnd.wasm.content.layer.v1+wasm",
  "application/vnd.module.wasm.content.layer.v1+wasm",
]);

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().min(0),
});
const platform = z.object({ os: z.string(), architecture: z.string() });
const index = z.object({
  manifests: z.array(descriptor.extend({ platform: platform.optional() })),
});
const manifest = z.object({ layers: z.array(descriptor) });

/** The module that an image names. An artifact that is pulled again is the module that it was registered as. */
export async function resolveImage(env: Env, text: string, by: By): Promise<Module> {
  const image = parseImage(text);
  if ("fault" in image) {
    const details = [`image: ${image.fault}`];
    throw new Fault("VALIDATION_ERROR", "The image can't be read.", { details });
  }
  return image.type === "oci" ? pull(env, image, by) : registered(env, image, text);
}

async function registered(
  env: Env,
  image: Extract<Image, { type: "module" }>,
  text: string,
): Promise<Module> {
  const db = database(env);
  const { name, version } = image;
  const digest = image.digest?.slice("sha256:".length) ?? null;
  const module =
    version === null
      ? await newestActive(db, name, digest)
      : await findModule(db, moduleId(name, version));
  if (module !== null && (digest === null || module.digest === digest)) return module;
  const message = `Image ${text} names no registered module. Container images don't run here: register a WASM module named ${name}, or name a WASM artifact as registry/repository:tag.`;
  throw new Fault("MODULE_NOT_FOUND", message);
}

async function pull(env: Env, image: Artifact, by: By): Promise<Module> {
  const registry = new Registry(env, image);
  const layer = await wasmLayer(registry, image);
  const layerDigest = layer.digest.slice("sha256:".length);
  const { name, version } = registeredAs(image, layerDigest);
  const known = await findModule(database(env), moduleId(name, version));
  if (known?.digest === layerDigest) return known;
  const answer = await registry.get(`blobs/${layer.digest}`, "*/*");
  const bytes = await readBounded(answer, Math.min(layer.size, MODULE_BYTES_MAX));
  await assertDigest(bytes, layer.digest);
  const found = inspect(bytes);
  const wasiVersion = found.ok && found.wasi !== "none" ? found.wasi : "preview2";
  const registration = {
    name,
    version,
    description: null,
    wasiVersion,
    requiredInterfaces: [],
    limits: DEFAULT_LIMITS,
    metadata: { image: nameOf(image) },
    files: [],
  } as const;
  const examined = await examine(env, bytes, registration);
  if (examined.faults.length > 0) {
    await examined.prepared?.discard();
    throw new Fault("VALIDATION_ERROR", "Module validation failed", { details: examined.faults });
  }
  return registerModule(env, { registration, examined }, by);
}

async function wasmLayer(registry: Registry, image: Artifact): Promise<z.infer<typeof descriptor>> {
  const reference = image.digest ?? image.tag ?? "latest";
  const first = await manifestOf(registry, reference, image.digest);
  const many = index.safeParse(first);
  if (!many.success) return layerOf(first, image);
  const fit = many.data.manifests.find(
    ({ platform }) => platform !== undefined && isWasi(platform),
  );
  if (fit !== undefined) return layerOf(await manifestOf(registry, fit.digest, fit.digest), image);
  const there = many.data.manifests.map(({ platform }) =>
    platform === undefined ? "no platform" : `${platform.os}/${platform.architecture}`,
  );
  throw containerImage(image, `it is there for ${there.join(", ")}, not for wasi/wasm`);
}

function isWasi({ os, architecture }: z.infer<typeof platform>): boolean {
  return /^wasi(?:p[12])?$/.test(os) && /^wasm(?:32)?$/.test(architecture);
}

async function manifestOf(registry: Registry, reference: string, digest: string | null) {
  const answer = await registry.get(`manifests/${reference}`, MANIFESTS);
  const bytes = await readBounded(answer, MANIFEST_BYTES_MAX);
  if (digest !== null) await assertDigest(bytes, digest);
  return parseJson(bytes);
}

function layerOf(given: unknown, image: Artifact) {
  const parsed = manifest.safeParse(given);
  if (!parsed.success) {
    throw new Fault("VALIDATION_ERROR", `${nameOf(image)} has no manifest that can be read.`);
  }
  const { layers } = parsed.data;
  const [layer, ...more] = layers.filter(({ mediaType }) => WASM_LAYERS.has(mediaType));
  if (layer === undefined) {
    const types = [...new Set(layers.map(({ mediaType }) => mediaType))];
    throw containerImage(image, `its layers are ${types.join(", ") || "none"}`);
  }
  if (more.length > 0) {
    throw new Fault("VALIDATION_ERROR", `${nameOf(image)} has more than one WASM layer.`);
  }
  if (layer.size > MODULE_BYTES_MAX) {
    const message = `${nameOf(image)} has ${layer.size} bytes; at most ${MODULE_BYTES_MAX} are allowed.`;
    throw new Fault("PAYLOAD_TOO_LARGE", message);
  }
  return layer;
}

async function assertDigest(bytes: Uint8Array<ArrayBuffer>, expected: string): Promise<void> {
  const digest = `sha256:${await digestOf(bytes)}`;
  if (digest === expected) return;
  throw new Fault(
    "UNAVAILABLE",
    `The registry promised ${expected} and sent ${digest}; nothing was registered.`,
  );
}

function containerImage(image: Artifact, why: string): Fault {
  const message = `${nameOf(image)} is no WASM artifact but a container image or something else: ${why}. Container images don't run here.`;
  return new Fault("VALIDATION_ERROR", message);
}

function nameOf({ host, repository, tag, digest }: Artifact): string {
  return `${host}/${repository}${digest === null ? `:${tag ?? "latest"}` : `@${digest}`}`;
}
