// Levels of what guests write.
import { expect, it } from "vitest";
import { linesOf } from "#domain/log-line.ts";

it.each([
  ["INFO order taken", "info", "order taken"],
  ["[WARN] high memory usage", "warning", "high memory usage"],
  ["error: no such page", "error", "no such page"],
  ["<debug> x", "debug", "x"],
  ["plain words", "error", "plain words"],
  ["information is no level", "error", "information is no level"],
  ["WARN", "warning", "WARN"],
])("%s is %s: %s", (line, level, text) => {
  expect(linesOf(line, "error")).toEqual([{ level, text }]);
});

it("is one line for each that holds anything", () => {
  expect(linesOf("a\r\n\n  b\n", "info").map(({ text }) => text)).toEqual(["a", "  b"]);
});
