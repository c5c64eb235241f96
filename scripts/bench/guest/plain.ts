// What somebody would write who has one module and nothing else: a Worker for each kind of guest that makes a fresh instance
// for each call, without a meter, without bounds, with no more of a host than this one guest asks for.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { build } from "esbuild";
import { httpShim } from "#scripts/http-shim.ts";

/** Texts and WebAssembly by the names that they import each other by; `main.js` begins. */
export type Plain = Readonly<Record<string, string | Uint8Array>>;

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export function plainCore(guest: Uint8Array, body: string): Plain {
  const main = `import { WorkerEntrypoint } from "cloudflare:workers";
import guest from "./guest.wasm";
${body}
export default class extends WorkerEntrypoint {
  call() { return call(); }
}`;
  return { "main.js": main, "guest.wasm": guest };
}

/** jco's output as it is, with preview2-shim where the component asks for WASI. */
export async function plainComponent(path: string, body: string): Promise<Plain> {
  const { files } = await transpileBytes(readFileSync(path), {
    name: "component",
    instantiation: "async",
    base64Cutoff: 0,
  });
  const { glue, lifted } = lift(textOf(files["component.js"]));
  const cores = Object.entries(files).filter(([name]) => name.endsWith(".wasm"));
  const imports = cores.map(([name], index) => `import core${index} from "./${name}";`).join("\n");
  const table = cores.map(([name], index) => `"${name}": core${index}`).join(", ");
  const entry = `import { WorkerEntrypoint } from "cloudflare:workers";
import { instantiate } from "./component.js";
${imports}
const cores = { ${table} };
${body}
export default class extends WorkerEntrypoint {
  call() { return call((name) => cores[name]); }
}`;
  const bundle = await build({
    stdin: { contents: entry, resolveDir: ROOT },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["browser"],
    external: ["cloudflare:workers", "./component.js", "*.wasm"],
    plugins: [httpShim()],
  });
  return {
    ...Object.fromEntries([...cores, ...lifted]),
    "main.js": bundle.outputFiles[0]?.text ?? "",
    "component.js": glue,
  };
}

/** A small module that jco writes into its output, which no Worker may compile, becomes a file. */
function lift(glue: string): { glue: string; lifted: [string, Uint8Array][] } {
  const lifted: [string, Uint8Array][] = [];
  const inline = /new WebAssembly\.Module\(new Uint8Array\(\[([0-9a-fx,\s]+)\]\)\)/gi;
  const text = glue.replaceAll(inline, (_, list: string) => {
    const bytes = list.split(",").filter((item) => item.trim() !== "");
    lifted.push([`lifted${lifted.length}.wasm`, new Uint8Array(bytes.map(Number))]);
    return `lifted${lifted.length - 1}`;
  });
  const imports = lifted.map(([name], index) => `import lifted${index} from "./${name}";\n`);
  return { glue: imports.join("") + text, lifted };
}

function textOf(file: string | Uint8Array | undefined): string {
  return typeof file === "string" ? file : new TextDecoder().decode(file);
}
