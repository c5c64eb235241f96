// Makes of preview2-shim's wasi:http what a server needs: bodies that stream both ways, every method, a response before
// its handler ends, and no redirect followed. It refuses a file that doesn't look as expected, so that a new version of
// the shim can't change guests in silence.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

const BODY = fileURLToPath(new URL("../workers/guest/component/outgoing-body.ts", import.meta.url));

type Change = { readonly what: string; readonly from: string | RegExp; readonly to: string };

const CHANGES: readonly Change[] = [
  {
    what: "the client in memory, which is left out",
    from: 'export { InMemoryHttpClient } from "./in-memory-http.js";',
    to: "",
  },
  {
    what: "the outgoing body, of which ours takes the place",
    from: /class OutgoingBody \{[\s\S]*?delete OutgoingBody\._requestBodyStream;\n/,
    to: `import { OutgoingBody, outgoingBodyCreate, outgoingBodyRequestStream } from ${JSON.stringify(BODY)};\n`,
  },
  {
    what: "request bodies that are sent as they are written",
    from: /config\.streamingRequestBodies\s*\? outgoingBodyRequestStream\(request\.#body\)\s*: outgoingBodyFinishedData\(request\.#body\)/,
    to: "outgoingBodyRequestStream(request.#body)",
  },
  {
    what: "methods of requests to others",
    from: `const method = "val" in request.#method ? request.#method.val : request.#method.tag;`,
    to: `const method = "val" in request.#method ? request.#method.val : request.#method.tag.toUpperCase();`,
  },
  {
    what: "redirects, which the guest follows itself or not",
    from: "signal: controller.signal,",
    to: `signal: controller.signal, redirect: "manual",`,
  },
  {
    what: "methods of requests that came",
    from: /const method = this\.#request\.method\.toLowerCase\(\);\s*return \{ tag: method \};/,
    to: "return methodOf(this.#request.method);",
  },
  {
    what: "errors of requests, of which an isolate without a network makes one",
    from: /if \(err\.name === "AbortError"\) \{\s*return \{ tag: "connection-timeout" \};\s*\}/,
    to: `if (err.name === "AbortError") return { tag: "connection-timeout" };
    if (/not permitted to access the internet/.test(err.message)) return { tag: "HTTP-request-denied" };`,
  },
  { what: "the request, whose body isn't kept", from: "request.clone();", to: "request;" },
  {
    what: "the response, which is told when it is set",
    from: /static async _toResponse\(response\) \{[\s\S]*?\n {4}\}\n/,
    to: `static _toResponse(response) {
        return { status: response.#status, headers: response.#headers.entries(), body: response.#bodyRequested ? response.#body : null };
    }
`,
  },
  {
    what: "a response that is set",
    from: "void outgoingResponseToResponse(response.val).then(param.#resolve, param.#reject);",
    to: "param.#resolve(outgoingResponseToResponse(response.val));",
  },
  {
    what: "an error in place of a response",
    from: /param\.#resolve\(new Response\(`WASI HTTP handler error: [\s\S]*?\}\)\);/,
    to: "param.#resolve(response.val);",
  },
  {
    what: "conversions for handlers that are written in JavaScript",
    from: /\/\*\* Create a `wasi:http\/incoming-handler` namespace backed[\s\S]*?(?=export const types = )/,
    to: `
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);
function methodOf(method) {
    return METHODS.has(method) ? { tag: method.toLowerCase() } : { tag: "other", val: method };
}
export { incomingRequestCreate, responseOutparamCreate };
`,
  },
];

export function httpShim(): Plugin {
  return {
    name: "edgeloom:http-shim",
    setup(build) {
      const path = createRequire(import.meta.url).resolve("@bytecodealliance/preview2-shim/http");
      // The condition of Node leads elsewhere than that of a browser.
      const browser = path.replace(/\bdist\/nodejs\b/, "dist/browser");
      build.onResolve({ filter: /^edgeloom:http$/ }, () => ({ path: browser }));
      build.onLoad({ filter: /preview2-shim\/dist\/browser\/http\.js$/ }, async ({ path }) => ({
        contents: changed(await readFile(path, "utf8")),
        loader: "js",
      }));
    },
  };
}

function changed(source: string): string {
  return CHANGES.reduce((text, { what, from, to }) => {
    const pieces = text.split(from);
    if (pieces.length !== 2) {
      throw new Error(
        `preview2-shim/dist/browser/http.js: expected to find ${what} once, found it ${pieces.length - 1} times. Its form has changed: adapt scripts/http-shim.ts.`,
      );
    }
    return pieces.join(to);
  }, source);
}
