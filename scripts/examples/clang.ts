// C examples: Debian's clang, lld and wasi-libc compile them; a component is put together by the WIT tools of jco.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

type Example = {
  readonly path: string;
  readonly target: "freestanding" | "wasi";
  /** The world of `<path>.wit` that the component is of. */
  readonly world?: string;
};

export const C_EXAMPLES: readonly Example[] = [
  { path: "examples/slug/slug", target: "freestanding" },
  { path: "examples/word-count/word-count", target: "wasi" },
  { path: "examples/geometry/geometry", target: "freestanding", world: "geometry" },
  { path: "examples/courier/courier", target: "freestanding", world: "courier" },
  { path: "examples/counter/counter", target: "freestanding", world: "counter" },
  { path: "examples/checkout/checkout", target: "freestanding", world: "checkout" },
  { path: "examples/checkout/prices", target: "freestanding", world: "prices" },
  { path: "examples/postbox/postbox", target: "freestanding", world: "postbox" },
  { path: "examples/teapot/teapot", target: "freestanding" },
  { path: "examples/visitor/visitor", target: "wasi" },
  { path: "examples/shop/shop", target: "wasi" },
];

/** The checked-in binaries are of this one; another may build other bytes. */
const VERSION = "14.0.6";
const OPTIONS = ["-O2", "-Wall", "-Wextra", "-Werror", "-Wl,--strip-all"];
const TARGET = {
  freestanding: ["--target=wasm32", "-nostdlib", "-Wl,--no-entry"],
  wasi: ["--target=wasm32-wasi"],
};
const WASI_LIBC = "/usr/lib/wasm32-wasi/libc.a";

/** Why C can't be built here; null when it can. */
export function unbuildable(): string | null {
  const found = spawnSync("clang", ["--version"], { encoding: "utf8" });
  if (found.status !== 0) return "clang is not installed.";
  const [line = ""] = found.stdout.split("\n");
  if (!line.includes(VERSION)) return `expected clang ${VERSION}, found ${line}.`;
  if (spawnSync("wasm-ld-14", ["--version"]).status !== 0) return "lld is not installed.";
  return existsSync(WASI_LIBC) ? null : "wasi-libc is not installed.";
}

export async function clang(root: string, example: Example): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "edgeloom-example-"));
  try {
    const out = join(folder, "core.wasm");
    const { status, stderr } = spawnSync(
      "clang",
      [...TARGET[example.target], ...OPTIONS, "-o", out, `${example.path}.c`],
      { cwd: root, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`${example.path}.c could not be compiled:\n${stderr}`);
    const core = await readFile(out);
    if (example.world === undefined) return core;
    const witSource = await readFile(`${root}${example.path}.wit`, "utf8");
    const embedded = await componentEmbed({ binary: core, witSource, world: example.world });
    return Buffer.from(await componentNew(embedded, []));
  } finally {
    await rm(folder, { recursive: true });
  }
}
