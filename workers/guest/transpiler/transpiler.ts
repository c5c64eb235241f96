// What runs in the throw-away isolate that turns a component into JavaScript and core modules with jco's
// transpiler. It sees the component's bytes and nothing else: no network, no binding, no secret. The transpiler is
// metered as a guest is: it gives its neighbours their turns, and ends whatever the component makes it do.
import { WorkerEntrypoint } from "cloudflare:workers";
import { GAS_PER_MS, sliceGas } from "#domain/gas.ts";
import { Tank } from "#guest/component/tank.ts";
import { bytesOf } from "#guest/failure.ts";
import { Fuel } from "#guest/fuel.ts";
import { Deadline, Turns } from "#guest/turns.ts";
import { CPU_MS_MAX, GLUE_BYTES_MAX, MEMORY_MB, TIMEOUT_MS } from "./bounds.ts";
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

const BUDGET = GAS_PER_MS * CPU_MS_MAX;

export default class Transpiler extends WorkerEntrypoint {
  async transpile(
    bytes: Uint8Array,
    { imports, linked, functions }: TranspiledNames,
  ): Promise<Transpilation> {
    // The isolate has just begun, which took a while too.
    await scheduler.wait(0);
    const turns = new Turns({ slice: sliceGas(GAS_PER_MS), timeoutMs: TIMEOUT_MS });
    const tank = new Tank(new Fuel({ budget: BUDGET, slice: sliceGas(GAS_PER_MS) }, turns));
    try {
      const transpiler = await instantiateTranspiler(
        (module, imports) => tank.instantiate(module, imports),
        (fn, ...values) => tank.fuel.call(fn, ...values),
      );
      await scheduler.wait(0);
      const { files } = await transpiler.generate(bytes, {
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
      const glue = files.filter(([name]) => !name.endsWith(".wasm"));
      const length = glue.reduce((sum, [, { length }]) => sum + length, 0);
      if (length > GLUE_BYTES_MAX) {
        const most = `expected types that unfold to at most ${GLUE_BYTES_MAX} bytes of JavaScript`;
        return { ok: false, fault: `${most}, got ${length}` };
      }
      // Views of the transpiler's own memory would bring all of it along.
      return { ok: true, files: files.map(([name, bytes]) => ({ name, bytes: bytes.slice() })) };
    } catch (thrown) {
      return { ok: false, fault: excess(tank) ?? describe(thrown, tank) };
    }
  }
}

/** Why it was stopped, if it was. */
function excess({ fuel }: Tank): string | null {
  if (!fuel.isSpent && fuel.reason === null) return null;
  const seconds = (fuel.reason instanceof Deadline ? TIMEOUT_MS : CPU_MS_MAX) / 1000;
  return `expected one that can be taken apart within ${seconds} s, got one that can't`;
}

/** Each in the versions that the component imports. */
function suspending(imports: readonly string[]): string[] {
  return SUSPENDING_IMPORTS.flatMap((name) => {
    const [wanted = "", member] = name.split("#");
    const versions = imports.filter((one) => one.startsWith(`${wanted}@`));
    return [name, ...versions.map((one) => `${one}#${member}`)];
  });
}

/** jco throws the message as a payload. Where it traps it says nothing: most often it had no memory left. */
function describe(thrown: unknown, { memories }: Tank): string {
  if (typeof thrown === "object" && thrown !== null && "payload" in thrown) {
    return String(thrown.payload);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (!(thrown instanceof WebAssembly.RuntimeError)) return message;
  const held = `it held ${bytesOf(memories)} bytes then`;
  return `expected one that can be taken apart within ${MEMORY_MB} MB, got a trap (${message}); ${held}`;
}
