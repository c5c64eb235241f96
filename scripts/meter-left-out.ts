// For what is bundled to run in an isolate of a guest's: of the meter it brings along what it uses, and no more.
import type { Plugin } from "esbuild";

/**
 * A harness needs some names of the meter's. Its tables look to esbuild as if they did something by being made, and would
 * be made anew in every isolate.
 */
export function meterLeftOut(): Plugin {
  return {
    name: "edgeloom:meter-left-out",
    setup(build) {
      build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === "resolved") return null;
        const found = await build.resolve(path, { ...from, pluginData: "resolved" });
        return found.path.includes("/workers/wasm/") ? { ...found, sideEffects: false } : null;
      });
    },
  };
}
