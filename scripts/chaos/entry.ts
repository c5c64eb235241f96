// The module that stands before the program under chaos, as text: it makes D1 answer with errors for as long as it is
// told. The program is as it is deployed, and knows nothing of it.

export const FAIL_DATABASE = "/chaos/database";

/** As D1 says it: https://developers.cloudflare.com/d1/observability/debug-d1/#error-list */
const ERROR = "D1_ERROR: Network connection lost.";

/** Every query fails meanwhile: half of them before they are done, half after, when only the answer is lost. */
export const ENTRY = `import product from "./index.js";
export * from "./index.js";

let failsUntil = 0;
let isReady = false;

/** All answers of D1 pass here, whoever in this isolate asks. */
function prepare(database) {
  const prototype = Object.getPrototypeOf(database.withSession());
  const send = prototype._send;
  if (send === undefined) throw new Error("D1 has no method _send to fail by.");
  prototype._send = async function (...given) {
    if (Date.now() > failsUntil) return send.apply(this, given);
    if (Math.random() < 0.5) await send.apply(this, given);
    throw new Error(${JSON.stringify(ERROR)});
  };
  isReady = true;
}

export default {
  ...product,
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== ${JSON.stringify(FAIL_DATABASE)}) return product.fetch(request, env, context);
    if (!isReady) prepare(env.DB);
    failsUntil = Date.now() + Number(searchParams.get("ms"));
    return new Response(null, { status: 204 });
  },
};`;
