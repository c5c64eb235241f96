// Takes the WebAssembly that a vendored file of @bytecodealliance/jco-transpile compiles when it is loaded, which a
// Worker may not, out into modules of its own. It refuses a file that doesn't look as expected, so that a new
// version can't break the Worker in silence.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import { meterModule } from "#wasm/meter/meter.ts";
import { PAGES_PER_MB, TABLE_ELEMENTS_MAX } from "#wasm/prepare.ts";
import { meterLeftOut } from "./meter-left-out.ts";

const root = new URL("../", import.meta.url);
const vendor = new URL("node_modules/@bytecodealliance/jco-transpile/vendor/", root);
const inertWasi = fileURLToPath(new URL("workers/wasm/wit/inert-wasi.ts", root));

/** What a Worker can't do, or what the tools shouldn't be able to. */
const forbidden =
  /\bfetch\(|\bWebSocket\b|\bXMLHttpRequest\b|\bnew URL\b|\bimport\(|import\.meta|["'`]node:|\beval\(|\bnew Function\b|\bWebAssembly\.(?:compile|Module\b)|\bprocess\./;

export interface Vendored {
  /** The vendored file without `.js`; its modules are `.core.wasm` and `.core2.wasm`. */
  readonly file: string;
  /** The name of the module that is made, and of its WebAssembly: `name.0.wasm` … */
  readonly name: string;
  /** The function that the module exports, which answers what the file exported. */
  readonly factory: string;
  /** The expression for what the file exports, and the export itself. */
  readonly answer: string;
  readonly exported: RegExp;
  readonly needed: readonly RegExp[];
  /** Where what is done can take long: its WebAssembly is metered, and the function suspends where its gas runs short. */
  readonly sliced?: Sliced;
}

/** The factory is then called with what makes instances, and with what calls a function of one. */
interface Sliced {
  /** The exported function. */
  readonly name: string;
  /** What it calls of the core instance, as the file has it. */
  readonly core: string;
  readonly memoryMB: number;
}

export interface Static {
  /** JavaScript that imports each module of `modules` from `./<its name>`. */
  readonly code: string;
  readonly modules: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/** Puts the whole file into one function, so that nothing runs before its first call. */
export async function makeStatic(vendored: Vendored): Promise<Static> {
  const source = await readFile(new URL(`${vendored.file}.js`, vendor), "utf8");
  const cores = [`${vendored.file}.core.wasm`, `${vendored.file}.core2.wasm`];
  const { replaceOnce, expect } = expectations(vendored.file);
  const importLines = source.match(/^import .*;$/gm) ?? [];
  expect(importLines.length === 4, "four import lines");
  expect(
    importLines.every((line) => /from '@bytecodealliance\/preview2-shim\/[a-z]+';$/.test(line)),
    "imports of preview2-shim alone",
  );
  for (const needed of vendored.needed) expect(needed.test(source), `the tool ${String(needed)}`);

  const embedded: Buffer[] = [];
  let body = source.replaceAll(/^import .*;$/gm, "");
  body = replaceOnce(body, /const base64Compile = [\s\S]*?\n\);\n/, "");
  body = replaceOnce(
    body,
    /const isNode = [^\n]*\nlet _fs;\nasync function fetchCompile[\s\S]*?\n\}\n/,
    "",
  );
  if (vendored.sliced !== undefined) body = sliced(body, vendored.sliced, replaceOnce);
  for (const [index, name] of cores.entries()) {
    const call = `fetchCompile(new URL('./${name}', import.meta.url))`;
    body = replaceOnce(body, call, `wasmModule${index}`);
  }
  body = body.replaceAll(/base64Compile\('([A-Za-z0-9+/=]+)'\)/g, (_, base64: string) => {
    embedded.push(Buffer.from(base64, "base64"));
    return `wasmModule${cores.length + embedded.length - 1}`;
  });
  expect(embedded.length === 2, "two embedded modules");
  body = replaceOnce(body, "export const $init = ", "const $init = ");
  body = replaceOnce(body, vendored.exported, "");
  body = replaceOnce(body, /^export const _util = \{\s*\}$/m, "");
  expect(!/^export\b/m.test(body), "no further export");

  const bytes = await Promise.all(cores.map((name) => readFile(new URL(name, vendor))));
  const modules = [...bytes, ...embedded].map((bytes, index) => ({
    name: `${vendored.name}.${index}.wasm`,
    bytes: vendored.sliced === undefined ? bytes : metered(bytes, vendored.sliced),
  }));
  const moduleImports = modules.map(
    ({ name }, index) => `import wasmModule${index} from "./${name}";`,
  );
  const taken = vendored.sliced === undefined ? "" : "instantiateCore, enter";
  const factory = `export async function ${vendored.factory}(${taken}) {\n${body}\nawait $init;\nreturn ${vendored.answer};\n}\n`;
  return { code: [...importLines, ...moduleImports, factory].join("\n"), modules };
}

/** jco wrote the function so that it can't wait: its own helper that can takes the place of the one that can't. */
function sliced(
  body: string,
  { name, core }: Sliced,
  replaceOnce: (text: string, pattern: string | RegExp, replacement: string) => string,
): string {
  const text = replaceOnce(body, "const instantiateCore = WebAssembly.instantiate;", "");
  const [start, end] = [`function ${name}(`, "return retCopy.val;"];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  let changed = text.slice(from, to);
  for (const [pattern, replacement] of [
    [start, `async ${start}`],
    ["return _withGlobalCurrentTaskMeta({", "return _withGlobalCurrentTaskMetaAsync({"],
    ["fn: () => {", "fn: async () => {"],
    [/ret = +_withGlobalCurrentTaskMeta\(\{/, "ret = await _withGlobalCurrentTaskMetaAsync({"],
    [`fn: () => ${core}(ptr0),`, `fn: () => enter(${core}, ptr0),`],
  ] as const) {
    changed = replaceOnce(changed, pattern, replacement);
  }
  return text.slice(0, from) + changed + text.slice(to);
}

function metered(bytes: Uint8Array, { memoryMB }: Sliced): Buffer {
  const most = { memoryPagesMax: memoryMB * PAGES_PER_MB, tableElementsMax: TABLE_ELEMENTS_MAX };
  return Buffer.from(meterModule(new Uint8Array(bytes), most).bytes);
}

/** One file of it; `entry`, if given, is what imports the code as `edgeloom:vendored`. */
export async function bundleStatic(vendored: Vendored, code: string, entry?: URL): Promise<string> {
  const { expect } = expectations(vendored.file);
  const resolveDir = fileURLToPath(root);
  const result = await build({
    ...(entry === undefined
      ? { stdin: { contents: code, resolveDir, loader: "js" as const } }
      : { entryPoints: [fileURLToPath(entry)] }),
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    minify: true,
    external: ["*.wasm", "cloudflare:workers"],
    plugins: [meterLeftOut(), inertWasiPlugin(), vendoredPlugin(code)],
    logLevel: "silent",
  });
  const warning = result.warnings[0]?.text;
  expect(warning === undefined, `no warning of the bundler, found "${warning}"`);
  const text = result.outputFiles[0]?.text ?? "";
  const found = forbidden.exec(text)?.[0];
  expect(text !== "" && found === undefined, `a bundle without ${found ?? "gaps"}`);
  return text;
}

function vendoredPlugin(contents: string): Plugin {
  return {
    name: "edgeloom:vendored",
    setup(build) {
      build.onResolve({ filter: /^edgeloom:vendored$/ }, () => ({
        path: "vendored.js",
        namespace: "edgeloom",
      }));
      build.onLoad({ filter: /^vendored\.js$/, namespace: "edgeloom" }, () => ({
        contents,
        loader: "js",
      }));
    },
  };
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

/** What a vendored file must hold, and the error that names it. */
function expectations(file: string) {
  function expect(holds: boolean, expectation: string): void {
    if (holds) return;
    throw new Error(
      `jco-transpile/vendor/${file}.js: expected ${expectation}. Its form has changed: adapt scripts/vendored.ts.`,
    );
  }
  function replaceOnce(text: string, pattern: string | RegExp, replacement: string): string {
    const pieces = text.split(pattern);
    expect(pieces.length === 2, `${String(pattern)} once, found ${pieces.length - 1} times`);
    return pieces.join(replacement);
  }
  return { expect, replaceOnce };
}
