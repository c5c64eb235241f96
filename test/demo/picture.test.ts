import { describe, expect, it } from "vitest";
import { picture } from "#scripts/demo/picture.ts";
import { progressLines } from "#scripts/demo/progress.ts";
import { quantile } from "#scripts/demo/traffic-window.ts";
import { CAST, goodLog } from "./builder.ts";

const FRAME = { now: 8000, columns: 100, rows: 40 };

describe("the demo's picture", () => {
  it("marks the stage at which each rollout stands", () => {
    const log = goodLog();
    const [first, sound] = log.rollouts;
    if (first === undefined || sound === undefined) throw new Error("The log has two rollouts.");
    const sightings = sound.sightings.slice(0, 1);
    const lines = picture({ ...log, rollouts: [first, { ...sound, sightings }] }, FRAME);
    expect(lines.find((line) => line.includes("✓ 100%"))).toContain("1.1.0");
    expect(lines.find((line) => line.includes("▶ 50%  · 100%"))).toContain("1.2.0");
    expect(lines.find((line) => line.includes("registered"))).toContain("1.3.0");
    expect(picture(log, FRAME).join("\n")).toContain("✗");
  });

  it("shows each version's share, calls and latency as they were measured", () => {
    const log = goodLog();
    const calls = log.calls.filter(({ answeredAt }) => answeredAt <= 9000);
    const line = picture({ ...log, calls }, { ...FRAME, now: 9000 }).find((text) =>
      /1\.2\.0 +[█░]/.test(text),
    );
    expect(
      line
        ?.trim()
        .split(/\s{2,}/)
        .slice(2),
    ).toEqual(["49.8 %", "200", "0", "5.0", "5.0"]);
  });

  it("never leaves its frame", () => {
    for (const [columns, rows] of [
      [20, 3],
      [60, 12],
      [200, 80],
    ] as const) {
      const lines = picture(goodLog(), { now: 20_000, columns, rows });
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  it("can be drawn before anything has happened", () => {
    const log = { ...goodLog(), calls: [], rollouts: [] };
    expect(picture(log, { ...FRAME, now: 0 })[0]).toContain("0 calls/s");
  });
});

describe("the demo's progress lines", () => {
  it("only ever adds lines as the log grows", () => {
    const log = goodLog();
    const all = progressLines(log);
    for (let rollouts = 0; rollouts <= log.rollouts.length; rollouts += 1) {
      for (let steps = 0; steps <= 4; steps += 1) {
        const partial = log.rollouts.slice(0, rollouts).map((rollout, index) => ({
          ...rollout,
          transitions:
            index + 1 < rollouts ? rollout.transitions : rollout.transitions.slice(0, steps),
        }));
        const lines = progressLines({ ...log, rollouts: partial });
        expect(all.slice(0, lines.length)).toEqual(lines);
      }
    }
  });

  it("tells the share of a stage once it is over, unless it was over at once", () => {
    const measured = progressLines(goodLog()).filter((line) => line.includes("measured"));
    expect(measured).toHaveLength(5);
    expect(measured[1]).toContain("1.2.0  measured at 50% rollout: 50.");
    const log = goodLog();
    const short = log.rollouts.map((rollout) =>
      rollout.moduleId === CAST.bad
        ? {
            ...rollout,
            transitions: rollout.transitions.map((transition) =>
              transition.to === "withdrawing (routing)"
                ? { ...transition, timestamp: new Date(15_500).toISOString() }
                : transition,
            ),
          }
        : rollout,
    );
    const lines = progressLines({ ...log, rollouts: short });
    expect(lines.filter((line) => line.includes("measured"))).toHaveLength(4);
  });
});

describe("quantile", () => {
  it.each([
    [[], 0.5, null],
    [[7], 0.95, 7],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 0.95, 4],
  ] as const)("takes the nearest rank of %j at %d", (values, fraction, expected) => {
    expect(quantile(values, fraction)).toBe(expected);
  });
});
