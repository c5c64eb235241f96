// Guests that are called through host functions: extism plugins and WASI reactors.
import { describe, expect, it } from "vitest";
import { callGuest } from "./call.ts";
import plugin from "./fixtures/plugin.wat";
import reactor from "./fixtures/reactor.wat";

const EFAULT = 21;

function extism(name: string, document: string) {
  const signature = { name, style: "extism", parameters: [], results: ["i32"] } as const;
  return callGuest(plugin, { function: signature, arguments: document });
}

function numbers(name: string) {
  const signature = { name, style: "numbers", parameters: [], results: ["i32"] } as const;
  return callGuest(reactor, { function: signature, arguments: [] });
}

describe("an extism plugin", () => {
  it("reads its input and gives its output", async () => {
    const { returnValue, failure } = await extism("echo", '{"a":[1,2]}');
    expect([returnValue, failure]).toEqual(['{"a":[1,2]}', null]);
  });

  it("tells the code that it returned", async () => {
    expect((await extism("fail", "null")).failure).toMatchObject({
      code: "GUEST_TRAP",
      message: expect.stringContaining("fail returned 7"),
    });
  });

  it("is stopped when it allocates without end, whatever it gives back", async () => {
    expect((await extism("hoard", "null")).failure?.message).toContain("given back or not");
  });

  it("can't catch the end that an address outside of its blocks brings", async () => {
    expect((await extism("outside", "null")).failure?.message).toContain("lies in no block");
  });
});

describe("a WASI reactor", () => {
  it("is initialised before its function is called", async () => {
    expect((await numbers("ready")).returnValue).toBe("1");
  });

  it("has what it wrote told beside its result", async () => {
    expect(await numbers("say")).toMatchObject({ returnValue: "5", stdout: "hello" });
  });

  it("is told of a pointer outside of its memory by an error number", async () => {
    expect((await numbers("astray")).returnValue).toBe(String(EFAULT));
  });
});
