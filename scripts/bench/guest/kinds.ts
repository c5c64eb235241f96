// One guest of each kind: how it is called here, and how in a Worker of its own.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assemble } from "#test/wat.ts";
import { plainComponent, plainCore } from "./plain.ts";
import type { Plain } from "./plain.ts";

export type Kind = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly wasiVersion: "preview1" | "preview2";
  readonly asked:
    | { readonly functionName: string; readonly parameters?: unknown }
    | { readonly path: string };
  readonly plain: Plain;
};

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PARAMETERS = {
  json: { title: "Hello, World!" },
  command: { text: "one two" },
  centroid: {
    points: [
      { x: 0, y: 0 },
      { x: 2, y: 0 },
      { x: 2, y: 2 },
      { x: 0, y: 2 },
    ],
  },
  redact: { text: "ada@example.com", kinds: [] },
};

const NUMBERS = `async function call() {
  const { exports } = await WebAssembly.instantiate(guest, {});
  return String(exports.add(2, 3));
}`;

const JSON_TEXT = `async function call() {
  const { exports } = await WebAssembly.instantiate(guest, {});
  const given = new TextEncoder().encode(${JSON.stringify(JSON.stringify(PARAMETERS.json))});
  const at = exports.cabi_realloc(0, 0, 1, given.length);
  new Uint8Array(exports.memory.buffer, at, given.length).set(given);
  const packed = BigInt.asUintN(64, exports.slug(at, given.length));
  const [start, length] = [Number(packed >> 32n), Number(packed & 0xffffffffn)];
  return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, start, length));
}`;

const EXTISM = `async function call() {
  const input = new TextEncoder().encode("[1,2]");
  const memory = new Uint8Array(65536);
  let free = 8;
  let output = [0, 0];
  const host = {
    input_length: () => BigInt(input.length),
    input_load_u8: (at) => input[Number(at)],
    alloc: (length) => { const at = free; free += Number(length); return BigInt(at); },
    free: () => {},
    load_u8: (at) => memory[Number(at)],
    store_u8: (at, value) => { memory[Number(at)] = value; },
    output_set: (at, length) => { output = [Number(at), Number(length)]; },
  };
  const { exports } = await WebAssembly.instantiate(guest, { "extism:host/env": host });
  if (exports.echo() !== 0) throw new Error("echo failed");
  return new TextDecoder().decode(memory.subarray(output[0], output[0] + output[1]));
}`;

/** What of WASI the two programs ask for, with answers that satisfy them. */
const WASI = `const { promising: _, ...W } = { };
function wasi(args, input, memory) {
  const bytes = () => new Uint8Array(memory().buffer);
  const view = () => new DataView(memory().buffer);
  const texts = args.map((text) => new TextEncoder().encode(text + "\\0"));
  const stdout = [];
  let left = new TextEncoder().encode(input);
  const host = {
    args_sizes_get: (count, size) => {
      view().setUint32(count, texts.length, true);
      view().setUint32(size, texts.reduce((sum, { length }) => sum + length, 0), true);
      return 0;
    },
    args_get: (list, at) => {
      for (const text of texts) {
        view().setUint32(list, at, true);
        bytes().set(text, at);
        list += 4;
        at += text.length;
      }
      return 0;
    },
    environ_sizes_get: (count, size) => { view().setUint32(count, 0, true); view().setUint32(size, 0, true); return 0; },
    environ_get: () => 0,
    fd_prestat_get: () => 8,
    fd_fdstat_get: (fd, at) => { bytes().fill(0, at, at + 24); bytes()[at] = 2; return 0; },
    fd_write: (fd, list, count, written) => {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const start = view().getUint32(list + 8 * index, true);
        const length = view().getUint32(list + 8 * index + 4, true);
        stdout.push(bytes().slice(start, start + length));
        sum += length;
      }
      view().setUint32(written, sum, true);
      return 0;
    },
    fd_read: (fd, list, count, read) => {
      const length = Math.min(left.length, view().getUint32(list + 4, true));
      bytes().set(left.subarray(0, length), view().getUint32(list, true));
      left = left.subarray(length);
      view().setUint32(read, length, true);
      return 0;
    },
    proc_exit: (code) => { throw new Error("exit " + code); },
  };
  const text = () => new TextDecoder().decode(new Uint8Array(stdout.flatMap((piece) => [...piece])));
  const whole = new Proxy(host, { get: (target, name) => target[name] ?? (() => 52) });
  return { imports: { wasi_snapshot_preview1: Object.fromEntries(WebAssembly.Module.imports(guest).map(({ name }) => [name, whole[name]])) }, text };
}`.replace("const { promising: _, ...W } = { };\n", "");

const COMMAND = `${WASI}
async function call() {
  let exports;
  const { imports, text } = wasi(["words", "count"], ${JSON.stringify(JSON.stringify(PARAMETERS.command))}, () => exports.memory);
  ({ exports } = await WebAssembly.instantiate(guest, imports));
  exports._start();
  return text();
}`;

const REACTOR = `${WASI}
async function call() {
  let exports;
  const { imports } = wasi(["reactor"], "", () => exports.memory);
  ({ exports } = await WebAssembly.instantiate(guest, imports));
  exports._initialize();
  return String(exports.say());
}`;

const COMPONENT = `async function call(core) {
  const { shapes } = await instantiate(core, {});
  return JSON.stringify(shapes.centroid(${JSON.stringify(PARAMETERS.centroid.points)}));
}`;

const JAVASCRIPT = `import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
async function call(core) {
  const { text } = await instantiate(core, new WASIShim().getImportObject());
  return JSON.stringify({ ok: text.redact(${JSON.stringify(PARAMETERS.redact.text)}, []) });
}`;

const HTTP = `import { monotonicClock } from "@bytecodealliance/preview2-shim/clocks";
import { error, poll, streams } from "@bytecodealliance/preview2-shim/io";
import { incomingRequestCreate, outgoingHandler, responseOutparamCreate, types } from "edgeloom:http";
async function call(core) {
  const { incomingHandler } = await instantiate(core, {
    "wasi:clocks/monotonic-clock": monotonicClock, "wasi:io/error": error, "wasi:io/poll": poll,
    "wasi:io/streams": streams, "wasi:http/types": types, "wasi:http/outgoing-handler": outgoingHandler,
  });
  const request = incomingRequestCreate({ method: "GET", url: "http://bench/", headers: new Headers(), body: null });
  const [parameter, outcome] = responseOutparamCreate();
  incomingHandler.handle(request, parameter);
  return new TextDecoder().decode((await outcome).body.whole());
}`;

export async function kinds(): Promise<Kind[]> {
  const wat = (path: string): Promise<Uint8Array> => assemble(`${ROOT}test/${path}`);
  const example = (name: string): Uint8Array =>
    readFileSync(`${ROOT}examples/${name}/${name}.wasm`);
  const component = (name: string, body: string): Promise<Plain> =>
    plainComponent(`${ROOT}examples/${name}/${name}.wasm`, body);
  const sound = await wat("fixtures/sound.wat");
  const plugin = await wat("guest/fixtures/plugin.wat");
  const reactor = await wat("guest/fixtures/reactor.wat");
  const [slug, words] = [example("slug"), example("word-count")];
  const wasiVersion = "preview2";
  return [
    {
      name: "numbers",
      bytes: sound,
      wasiVersion,
      asked: { functionName: "add", parameters: [2, 3] },
      plain: plainCore(sound, NUMBERS),
    },
    {
      name: "json",
      bytes: slug,
      wasiVersion,
      asked: { functionName: "slug", parameters: PARAMETERS.json },
      plain: plainCore(slug, JSON_TEXT),
    },
    {
      name: "extism",
      bytes: plugin,
      wasiVersion,
      asked: { functionName: "echo", parameters: [1, 2] },
      plain: plainCore(plugin, EXTISM),
    },
    {
      name: "command",
      bytes: words,
      wasiVersion: "preview1",
      asked: { functionName: "count", parameters: PARAMETERS.command },
      plain: plainCore(words, COMMAND),
    },
    {
      name: "reactor",
      bytes: reactor,
      wasiVersion: "preview1",
      asked: { functionName: "say", parameters: [] },
      plain: plainCore(reactor, REACTOR),
    },
    {
      name: "component",
      bytes: example("geometry"),
      wasiVersion,
      asked: {
        functionName: "example:geometry/shapes@1.0.0#centroid",
        parameters: PARAMETERS.centroid,
      },
      plain: await component("geometry", COMPONENT),
    },
    {
      name: "javascript",
      bytes: example("redact"),
      wasiVersion,
      asked: { functionName: "example:redact/text@1.0.0#redact", parameters: PARAMETERS.redact },
      plain: await component("redact", JAVASCRIPT),
    },
    {
      name: "http",
      bytes: example("courier"),
      wasiVersion,
      asked: { path: "/" },
      plain: await component("courier", HTTP),
    },
  ];
}
