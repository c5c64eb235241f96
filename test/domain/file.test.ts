// Which files a guest finds: its module's own, and those of the call.
import { expect, test } from "vitest";
import { charactersOf, filesFor } from "#domain/file.ts";

const own = [
  { path: "/data/in.txt", text: "own" },
  { path: "/data/logo.png", base64: "AAAA" },
];

test("keeps the module's own files beside those of the call", () => {
  const given = { path: "/data/more.txt", text: "given" };
  expect(filesFor(own, [given])).toEqual([...own, given]);
});

test.each(["/data/in.txt", "data/in.txt", "/data//./in.txt"])(
  "puts %s of the call in the place of the module's own",
  (path) => {
    const given = { path, text: "given" };
    expect(filesFor(own, [given])).toEqual([own[1], given]);
  },
);

test("counts what is written, text and base64 alike", () => {
  expect(charactersOf(own)).toBe(7);
});
