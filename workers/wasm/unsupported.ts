// The reasons why a sound binary can't run here, each with the way out where there is one.
// It judges what the binary is, not whether the host offers an import.
import type { CoreModule, Feature } from "./core/module.ts";

const bindgenModule = /^(?:wbg|__wbindgen_.*)$/s;
const bindgenName = /^__(?:wbindgen|wbg)_/;
const laterWasi = /^wasi:[^@]*@0\.(?:[3-9]|\d{2,})/;

export function unsupportedFeatures(features: ReadonlySet<Feature>): string[] {
  const reasons: string[] = [];
  if (features.has("threads")) {
    reasons.push("threads: a shared memory lets a guest wait without end; build without threads");
  }
  if (features.has("gc")) {
    reasons.push(
      "GC: structs and arrays live where no memory limit reaches; build without GC types",
    );
  }
  return reasons;
}

// Its bundler target names the importing file instead of `wbg`, so the functions tell as well.
export function unsupportedGlue({ imports, exports }: CoreModule): string[] {
  const bound =
    imports.some(({ module, name }) => bindgenModule.test(module) || bindgenName.test(name)) ||
    exports.some(({ name }) => bindgenName.test(name));
  return bound ? ["wasm-bindgen: needs its own glue; build a component instead"] : [];
}

export function unsupportedInterfaces(names: readonly string[]): string[] {
  const found = names.find((name) => laterWasi.test(name));
  if (found === undefined) return [];
  return [`${found}: this version of WASI isn't run here; build for WASI 0.2`];
}
