// What runs in the throw-away isolate that turns a component into JavaScript and core modules with jco's
// transpiler. It sees the component's bytes and nothing else: no network, no binding, no secret.
import { WorkerEntrypoint } from "cloudflare:workers";
// scripts/build-transpiler.ts puts the vendored transpiler here.
import { instantiateTranspiler } from "edgeloom:vendored";

export type Transpilation =
  | { readonly ok: true; readonly files: readonly TranspiledFile[] }
  | { readonly ok: false; readonly fault: string };

type TranspiledNames = {
  readonly imports: readonly string[];
  /** Imported functions that another component answers, `interface#name`. */
  readonly linked: readonly string[];
  /** Every exported function, `name` or `interface#name`, since gas can run out in any. */
  readonly functions: readonly string[];
};

export type TranspiledFile = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** What a guest can wait in. Output never waits, since the host takes all that is written. */
const SUSPENDING_IMPORTS = [
  "wasi:keyvalue/store#[method]bucket.get",
  "wasi:keyvalue/store#[method]bucket.set",
  "wasi:keyvalue/store#[method]bucket.delete",
  "wasi:keyvalue/store#[method]bucket.exists",
  "wasi:keyvalue/store#[method]bucket.list-keys",
  "wasi:keyvalue/atomics#increment",
  "wasi:keyvalue/batch#get-many",
  "wasi:keyvalue/batch#set-many",
  "wasi:keyvalue/batch#delete-many",
  "wasi:blobstore/blobstore#create-container",
  "wasi:blobstore/blobstore#get-container",
  "wasi:blobstore/blobstore#delete-container",
  "wasi:blobstore/blobstore#container-exists",
  "wasi:blobstore/blobstore#copy-object",
  "wasi:blobstore/blobstore#move-object",
  "wasi:blobstore/container#[method]container.info",
  "wasi:blobstore/container#[method]container.get-data",
  "wasi:blobstore/container#[method]container.delete-object",
  "wasi:blobstore/container#[method]container.delete-objects",
  "wasi:blobstore/container#[method]container.has-object",
  "wasi:blobstore/container#[method]container.object-info",
  "wasi:blobstore/container#[method]container.clear",
  "wasi:blobstore/container#[method]stream-object-names.read-stream-object-names",
  "wasi:blobstore/container#[method]stream-object-names.skip-stream-object-names",
  "wasi:blobstore/types#[static]outgoing-value.finish",
  "wasmcloud:messaging/consumer#publish",
  "wasmcloud:messaging/consumer#request",
  "wasmcloud:secrets/store#get",
  "wasi:io/poll#poll",
  "wasi:io/poll#[method]pollable.block",
  "wasi:io/streams#[method]input-stream.blocking-read",
  "wasi:io/streams#[method]input-stream.blocking-skip",
];

export default class Transpiler extends WorkerEntrypoint {
  async transpile(
    bytes: Uint8Array,
    { imports, linked, functions }: TranspiledNames,
  ): Promise<Transpilation> {
    const transpiler = await instantiateTranspiler();
    try {
      const { files } = transpiler.generate(bytes, {
        name: "component",
        noTypescript: true,
        instantiation: { tag: "async" },
        base64Cutoff: 0,
        noNodejsCompat: true,
        noNamespacedExports: true,
        compat: false,
        asyncMode: {
          tag: "jspi",
          val: { imports: [...suspending(imports), ...linked], exports: [...functions] },
        },
      });
      // Views of the transpiler's own memory would bring all of it along.
      return { ok: true, files: files.map(([name, bytes]) => ({ name, bytes: bytes.slice() })) };
    } catch (thrown) {
      return { ok: false, fault: describe(thrown) };
    }
  }
}

/** Each in the versions that the component imports. */
function suspending(imports: readonly string[]): string[] {
  return SUSPENDING_IMPORTS.flatMap((name) => {
    const [wanted = "", member] = name.split("#");
    const versions = imports.filter((one) => one.startsWith(`${wanted}@`));
    return [name, ...versions.map((one) => `${one}#${member}`)];
  });
}

/** jco throws the message as a payload, or an Error. */
function describe(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null && "payload" in thrown) {
    return String(thrown.payload);
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
