// What a stranger's JavaScript finds in the realm of an agent's guest: nothing of Node's.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Guests } from "#scripts/agent/guests.ts";
import type { Thread } from "#scripts/agent/guests.ts";

const STRANGER = `
export default class {
  async call(request) {
    const attempt = request.arguments;
    const told = await this.try(attempts[attempt]);
    return { returnValue: JSON.stringify(told), failure: null, memoryUsedBytes: 0, gasUsed: 0, stdout: "", stderr: "", exitCode: null };
  }
  async try(attempt) {
    try { return { got: String(await attempt()) }; }
    catch (thrown) { return { isOurs: thrown instanceof Error, threw: String(thrown) }; }
  }
}
const attempts = {
  process: () => process,
  require: () => require,
  fetch: () => fetch,
  WebSocket: () => WebSocket,
  global: () => global,
  Buffer: () => Buffer,
  eval: () => (0, eval)("1"),
  Function: () => Function("return this")(),
  AsyncFunction: () => new (Object.getPrototypeOf(async function () {}).constructor)("return 1")(),
  constructor: () => globalThis.constructor.constructor("return process")(),
  compile: () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
  instantiate: () => WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
  now: () => performance.now.constructor === Function,
  encode: () => new TextEncoder().encode("x").constructor === Uint8Array,
  random: () => crypto.getRandomValues.constructor === Function,
  wait: () => scheduler.wait(1).constructor === Promise,
  overflow: () => {
    let foreign = 0;
    const fall = () => {
      try { performance.now(); new TextEncoder().encode("x"); }
      catch (thrown) { if (!(thrown instanceof Error)) foreign += 1; }
      fall();
    };
    try { fall(); } catch (thrown) { if (!(thrown instanceof Error)) foreign += 1; }
    return foreign;
  },
  hang: () => { for (;;); },
};
`;

describe("the realm of a guest", () => {
  const guests = new Guests();
  let thread: Thread;

  beforeAll(async () => {
    thread = await open();
  });
  afterAll(() => guests.stop());

  function open(): Promise<Thread> {
    return guests.open([{ name: "main.js", kind: "js", text: STRANGER }], "main.js");
  }

  async function attempt(name: string): Promise<unknown> {
    const answer = await thread.call(JSON.stringify({ arguments: name }), 5_000);
    return JSON.parse(answer.returnValue ?? "null");
  }

  it.each(["process", "require", "fetch", "WebSocket", "global", "Buffer"])(
    "knows no %s",
    async (name) => {
      const threw = `ReferenceError: ${name} is not defined`;
      expect(await attempt(name)).toEqual({ isOurs: true, threw });
    },
  );

  it.each(["eval", "Function", "AsyncFunction", "constructor", "compile", "instantiate"])(
    "makes no code: %s",
    async (name) => {
      expect(await attempt(name)).toMatchObject({
        isOurs: true,
        threw: expect.stringMatching(/disallowed|is not a function/),
      });
    },
  );

  it.each(["now", "encode", "random", "wait"])("has words of its own alone: %s", async (name) => {
    expect(await attempt(name)).toEqual({ got: "true" });
  });

  it("gets no object of the outside where the stack runs over", async () => {
    expect(await attempt("overflow")).toEqual({ got: "0" });
  });

  it("is ended where it holds its thread, and the next one runs", async () => {
    const hung = await open();
    const answer = await hung.call(JSON.stringify({ arguments: "hang" }), 200);
    expect(answer.failure?.code).toBe("GUEST_DEADLINE");
    expect(hung.isEnded).toBe(true);
    expect(await attempt("now")).toEqual({ got: "true" });
  });
});
