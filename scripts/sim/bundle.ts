// The simulator in one file, as it is or with one fault planted in the cores.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import type { Simulator } from "#test/sim/played.ts";
import type { Fault } from "./faults.ts";

const root = new URL("../../", import.meta.url).pathname;

export class Bundle {
  readonly path: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, "sim.mjs");
  }

  static async of(fault: Fault | null): Promise<Bundle> {
    const bundle = new Bundle(await mkdtemp(join(tmpdir(), "edgeloom-sim-")));
    await build({
      absWorkingDir: root,
      entryPoints: ["test/sim/entry.ts"],
      bundle: true,
      format: "esm",
      target: "node24",
      outfile: bundle.path,
      sourcemap: "inline",
      logLevel: "silent",
      plugins: fault === null ? [] : [planted(fault)],
    });
    return bundle;
  }

  async load(): Promise<Simulator> {
    return loaded(this.path);
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }
}

export async function loaded(path: string): Promise<Simulator> {
  // The bundle is of exactly that module.
  const module = (await import(pathToFileURL(path).href)) as { simulator: Simulator };
  return module.simulator;
}

/** A fault that no longer fits the text it is planted in is no fault: it fails loudly. */
function planted({ file, from, to }: Fault): Plugin {
  const path = join(root, "workers", file);
  return {
    name: "fault",
    setup(building) {
      building.onLoad({ filter: /\.ts$/ }, async (loaded) => {
        if (loaded.path !== path) return null;
        const source = await readFile(path, "utf8");
        const parts = source.split(from);
        if (parts.length !== 2) {
          throw new Error(
            `${file} has ${parts.length - 1} times, and should have once: ${JSON.stringify(from)}`,
          );
        }
        return { contents: parts.join(to), loader: "ts" };
      });
    },
  };
}
