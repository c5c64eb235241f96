import { describe, expect, it } from "vitest";
import { callExample } from "./call.ts";
import { slug } from "./modules.ts";

describe("examples/slug", () => {
  it("passes its health check", async () => {
    expect(await callExample(slug, "health_check", null)).toBe("OK");
  });

  it.each([
    ["Hello, World!", "hello-world"],
    ["  many   spaces  ", "many-spaces"],
    ['a "quoted" title', "a-quoted-title"],
    ["2026: a year", "2026-a-year"],
    ["", ""],
    ["x".repeat(200_000), "x".repeat(200_000)],
  ])("makes a slug of %j", async (title, expected) => {
    expect(await callExample(slug, "slug", { other: "title", title })).toEqual({ slug: expected });
  });

  it.each([[null], [{}], [{ title: 7 }], [{ other: "title" }]])(
    "says what it lacks in %j",
    async (parameters) => {
      expect(await callExample(slug, "slug", parameters)).toEqual({
        error: 'expected {"title": text}',
      });
    },
  );
});
