// QuickJS as quickjs-emscripten ships it, running a script of the kinds that scripts are made of: an interpreter of the
// size that people upload.
import load from "@jitl/quickjs-wasmfile-release-sync/emscripten-module";
import { QuickJSFFI } from "@jitl/quickjs-wasmfile-release-sync/ffi";
import type { Run } from "./compare.ts";

/** So many pages it imports its memory with. */
export const QUICKJS_PAGES = 32_768;

// The brands of pointers and flags tell only what a number is for: no flags, and where the script was put.
const NONE = 0 as never;
const NAME = "kernel.js";
const SCRIPT = `
(function () {
  function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
  let sum = fib(12);
  const words = "the quick brown fox jumps over the lazy dog".split(" ");
  const counts = new Map();
  for (let i = 0; i < 100; i++) {
    const word = words[i % words.length] + (i & 7);
    counts.set(word, (counts.get(word) ?? 0) + i);
  }
  for (const [word, count] of counts) sum += word.length * count;
  const list = Array.from({ length: 100 }, (_, i) => ({ id: (i * 7919) % 101, name: "n" + i }));
  list.sort((one, other) => one.id - other.id);
  sum += JSON.parse(JSON.stringify(list)).reduce((all, { id, name }) => all + id * name.length, 0);
  const bits = new Uint32Array(256);
  for (let i = 0; i < 1000; i++) bits[i & 255] = (bits[(i * 31) & 255] + i) ^ (i << 3);
  return sum + (bits[17] % 1000) + "a1b22c333".replace(/\\d+/g, (digits) => digits.length).length;
})()`;

/** Runs the script so often on one runtime; `instantiate` makes the instance of the binary. */
export async function quickjs(
  instantiate: (imports: WebAssembly.Imports) => WebAssembly.Instance,
): Promise<Run> {
  const module = await load({
    instantiateWasm: (imports, done) => {
      const instance = instantiate(imports);
      done(instance);
      return instance.exports;
    },
  });
  const ffi = new QuickJSFFI(module);
  const context = ffi.QTS_NewContext(ffi.QTS_NewRuntime(), NONE);
  const script = new TextEncoder().encode(SCRIPT);
  const at = module._malloc(script.length + 1);
  module.HEAPU8.set([...script, 0], at);
  return (times) => {
    let sum = 0;
    for (let time = 0; time < times; time += 1) {
      const value = ffi.QTS_Eval(context, at as never, script.length, NAME, NONE, NONE);
      sum += ffi.QTS_GetFloat64(context, value);
      ffi.QTS_FreeValuePointer(context, value);
    }
    return sum;
  };
}
