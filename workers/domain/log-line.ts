// A guest's output as lines, each with a level: by the word that it begins with, else by the stream that it came on.
import type { EventLevel } from "./event.ts";

const LEVEL =
  /^\W{0,2}(trace|debug|info|notice|warn|warning|error|fatal|critical|panic)\b\W{0,2}\s*/i;

const LEVELS: Readonly<Record<string, EventLevel>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  notice: "info",
  warn: "warning",
  warning: "warning",
  error: "error",
  fatal: "error",
  critical: "error",
  panic: "error",
};

export function linesOf(
  output: string,
  fallback: EventLevel,
): { level: EventLevel; text: string }[] {
  return output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .map((line) => {
      const [prefix = "", word = ""] = LEVEL.exec(line) ?? [];
      const text = line.slice(prefix.length);
      const level = LEVELS[word.toLowerCase()] ?? fallback;
      return { level, text: text === "" ? line : text };
    });
}
