// Makes a Worker's module of the WIT tools that ship in @bytecodealliance/jco-transpile: the vendored
// file compiles WebAssembly when it is loaded, which a Worker may not. It refuses a vendored file that
// doesn't look as expected, so that a new version can't break the Worker in silence.
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import { keep } from "./keep.ts";

const root = new URL("../", import.meta.url);
const vendor = new URL("node_modules/@bytecodealliance/jco-transpile/vendor/", root);
const inertWasi = fileURLToPath(new URL("workers/wasm/wit/inert-wasi.ts", root));
const vendoredModules = ["wasm-tools.core.wasm", "wasm-tools.core2.wasm"];
const neededFunctions = ["componentEmbed", "componentNew", "print"];

/** What a Worker can't do, or what the tools shouldn't be able to. */
const forbidden =
  /\bfetch\(|\bWebSocket\b|\bXMLHttpRequest\b|\bnew URL\b|\bimport\(|import\.meta|["'`]node:|\beval\(|\bnew Function\b|\bWebAssembly\.(?:compile|Module\b)|\bprocess\./;

/** Writes wit-tools.js and the four WebAssembly modules that it imports. */
export async function buildWitTools(outDirectory: URL): Promise<void> {
  await mkdir(outDirectory, { recursive: true });
  const source = await readFile(new URL("wasm-tools.js", vendor), "utf8");
  const { code, embedded } = rewrite(source);
  const vendored = await Promise.all(
    vendoredModules.map((name) => readFile(new URL(name, vendor))),
  );
  await Promise.all(
    [...vendored, ...embedded].map((bytes, index) =>
      keep(new URL(moduleName(index), outDirectory), bytes),
    ),
  );
  await keep(new URL("wit-tools.js", outDirectory), await bundle(code));
}

interface Rewritten {
  readonly code: string;
  /** The small modules that stood in the file as base64. */
  readonly embedded: readonly Buffer[];
}

/** Puts the whole file into one function, so that nothing runs before its first call. */
function rewrite(source: string): Rewritten {
  const importLines = source.match(/^import .*;$/gm) ?? [];
  expect(importLines.length === 4, "four import lines");
  expect(
    importLines.every((line) => /from '@bytecodealliance\/preview2-shim\/[a-z]+';$/.test(line)),
    "imports of preview2-shim alone",
  );
  for (const name of neededFunctions) {
    expect(source.includes(`\n  ${name}: ${name},`), `the tool ${name}`);
  }

  const embedded: Buffer[] = [];
  let body = source.replaceAll(/^import .*;$/gm, "");
  body = replaceOnce(body, /const base64Compile = [\s\S]*?\n\);\n/, "");
  body = replaceOnce(
    body,
    /const isNode = [^\n]*\nlet _fs;\nasync function fetchCompile[\s\S]*?\n\}\n/,
    "",
  );
  for (const [index, name] of vendoredModules.entries()) {
    const call = `fetchCompile(new URL('./${name}', import.meta.url))`;
    body = replaceOnce(body, call, `wasmModule${index}`);
  }
  body = body.replaceAll(/base64Compile\('([A-Za-z0-9+/=]+)'\)/g, (_, base64: string) => {
    embedded.push(Buffer.from(base64, "base64"));
    return `wasmModule${vendoredModules.length + embedded.length - 1}`;
  });
  expect(embedded.length === 2, "two embedded modules");
  body = replaceOnce(body, "export const $init = ", "const $init = ");
  body = replaceOnce(body, /^export \{ tools,?\s*\}$/m, "");
  body = replaceOnce(body, /^export const _util = \{\s*\}$/m, "");
  expect(!/^export\b/m.test(body), "no further export");

  const moduleImports = [...vendoredModules, ...embedded].map(
    (_, index) => `import wasmModule${index} from "./${moduleName(index)}";`,
  );
  const factory = `export async function instantiateWitTools() {\n${body}\nawait $init;\nreturn tools;\n}\n`;
  return { code: [...importLines, ...moduleImports, factory].join("\n"), embedded };
}

async function bundle(code: string): Promise<string> {
  const result = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(root), loader: "js" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    minify: true,
    external: ["*.wasm"],
    plugins: [inertWasiPlugin()],
    logLevel: "silent",
  });
  const warning = result.warnings[0]?.text;
  expect(warning === undefined, `no warning of the bundler, found "${warning}"`);
  const text = result.outputFiles[0]?.text ?? "";
  const found = forbidden.exec(text)?.[0];
  expect(text !== "" && found === undefined, `a bundle without ${found ?? "gaps"}`);
  return text;
}

/** Gives the bundler JavaScript: in a TypeScript file it would let a missing export pass. */
function inertWasiPlugin(): Plugin {
  return {
    name: "edgeloom:inert-wasi",
    setup(build) {
      build.onResolve({ filter: /^@bytecodealliance\/preview2-shim\// }, () => ({
        path: inertWasi,
      }));
      build.onLoad({ filter: /inert-wasi\.ts$/ }, async ({ path }) => {
        const { code } = await transform(await readFile(path, "utf8"), { loader: "ts" });
        return { contents: code, loader: "js" };
      });
    },
  };
}

function moduleName(index: number): string {
  return `wit-tools.${index}.wasm`;
}

function replaceOnce(text: string, pattern: string | RegExp, replacement: string): string {
  const pieces = text.split(pattern);
  expect(pieces.length === 2, `${String(pattern)} once, found ${pieces.length - 1} times`);
  return pieces.join(replacement);
}

function expect(holds: boolean, expectation: string): void {
  if (holds) return;
  throw new Error(
    `jco-transpile/vendor/wasm-tools.js: expected ${expectation}. Its form has changed: adapt scripts/build-wit-tools.ts.`,
  );
}
