import { describe, expect, it } from "vitest";
import { callExample } from "./call.ts";
import { hello } from "./modules.ts";

describe("examples/hello", () => {
  it("passes its health check", async () => {
    expect(await callExample(hello, "health_check", null)).toBe("OK");
  });

  it.each([
    [null, "world"],
    [{}, "world"],
    [{ name: 7 }, "world"],
    [{ name: "Ada" }, "Ada"],
    [{ name: "" }, ""],
    [{ other: { name: "no" }, list: [1, { name: "}]," }], name: "Ada" }, "Ada"],
    [{ 'quote"d': '\\"', name: 'a "b" \\ \n \u0001 é 漢 😀' }, 'a "b" \\ \n \u0001 é 漢 😀'],
  ])("greets %j", async (parameters, name) => {
    expect(await callExample(hello, "greet", parameters)).toEqual({ greeting: `Hello, ${name}!` });
  });
});
