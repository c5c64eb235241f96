// The WebAssembly specification's own tests: a metered module does what it did before, assertion by assertion.
import { expect, it } from "vitest";
import packed from "./fixtures/specification.bin";
import { outcomesOf, unpack } from "./specification.ts";

const TIMEOUT_MS = 300_000;
/** What a call comes to whose module isn't there. */
const ABSENT = new Set(["invalid", "no such function"]);

it(
  "does metered what the specification's tests have it do plain",
  async () => {
    const scripts = await unpack(packed);
    let returned = 0;
    for (const script of scripts) {
      const { plain, metered } = await outcomesOf(script);
      const differences = script.commands.flatMap(({ line }, place) => {
        const [before, after] = [plain[place], metered[place]];
        return before === after ? [] : [`${script.name}:${line}: ${before} became ${after}`];
      });
      expect(differences).toEqual([]);
      returned += script.commands.filter(
        ({ type }, place) => type === "assert_return" && !ABSENT.has(plain[place] ?? ""),
      ).length;
    }
    // Nothing was left out for want of its module.
    expect(returned).toBeGreaterThan(40_000);
  },
  TIMEOUT_MS,
);
