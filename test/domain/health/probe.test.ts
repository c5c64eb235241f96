// Probes: what they find, what follows, and when.
import { describe, expect, it } from "vitest";
import { DEFAULT_PROBE, RESTARTS_MAX, newProbe, probeAt, stepProbe } from "#domain/health/probe.ts";
import type { ProbeCommand, ProbeEvent, ProbePolicy, ProbeState } from "#domain/health/probe.ts";

const policy: ProbePolicy = { ...DEFAULT_PROBE, graceMs: 10_000 };
const ok: ProbeEvent = {
  type: "probed",
  outcome: { type: "answered", status: 200, responseMs: 4 },
};
const sick: ProbeEvent = {
  type: "probed",
  outcome: { type: "answered", status: 503, responseMs: 9 },
};
const refused: ProbeEvent = {
  type: "probed",
  outcome: { type: "failed", error: "Connection refused", responseMs: null },
};

/** Plays events one after the other, each at its moment. */
function play(events: readonly [at: number, event: ProbeEvent][], state: ProbeState = newProbe(0)) {
  const commands: ProbeCommand[] = [];
  let now = state;
  for (const [at, event] of events) {
    const [next, more] = stepProbe({ policy, state: now }, event, at);
    now = next;
    commands.push(...more);
  }
  return { state: now, commands };
}

const healthy = play([[0, ok]]).state;

describe("a probe", () => {
  it("is sent at once, and again after the period", () => {
    const first = play([[0, { type: "tick" }]]);
    expect(first.commands).toEqual([{ type: "probe" }]);
    expect(
      play([
        [0, ok],
        [29_999, { type: "tick" }],
      ]).commands,
    ).toEqual([{ type: "becameHealthy" }]);
    expect(play([[30_000, { type: "tick" }]], healthy).commands).toEqual([{ type: "probe" }]);
  });

  it("is not sent while one is on its way, whoever asks", () => {
    const asked = play([
      [0, { type: "tick" }],
      [1, { type: "demanded" }],
      [2, { type: "tick" }],
    ]);
    expect(asked.commands).toHaveLength(1);
  });

  it("that nobody answers counts as failed", () => {
    const sent = play([[40_000, { type: "tick" }]], healthy).state;
    const at = probeAt(sent, policy);
    expect(play([[at, { type: "tick" }]], sent).state).toMatchObject({
      failures: 1,
      lastError: "The probe was lost.",
    });
  });

  it("may be asked for before its time", () => {
    expect(play([[1_000, { type: "demanded" }]], healthy).commands).toEqual([{ type: "probe" }]);
  });
});

describe("an instance", () => {
  it("that answers is healthy within its grace too", () => {
    expect(
      play([
        [100, refused],
        [1_100, ok],
      ]),
    ).toMatchObject({
      state: { health: "healthy", failures: 0, responseMs: 4, lastError: "Connection refused" },
      commands: [{ type: "becameHealthy" }],
    });
  });

  it("that fails within its grace is starting still", () => {
    const failing = play([
      [1_000, refused],
      [2_000, refused],
      [3_000, refused],
      [9_999, refused],
    ]);
    expect(failing).toMatchObject({ state: { health: "starting", failures: 4 }, commands: [] });
  });

  it("is looked at each second until it is healthy", () => {
    expect(play([[1_000, refused]]).state.nextAt).toBe(2_000);
  });

  it("leaves the balancer at the threshold and not before, and is restarted", () => {
    const twice = play(
      [
        [30_000, sick],
        [60_000, sick],
      ],
      healthy,
    );
    expect(twice).toMatchObject({ state: { health: "healthy", failures: 2 }, commands: [] });
    const reason = "3 health checks failed in a row: HTTP 503, where 200 is well";
    expect(play([[90_000, sick]], twice.state)).toMatchObject({
      state: { health: "unhealthy", restarts: 1, nextAt: 91_000 },
      commands: [
        { type: "becameUnhealthy", reason },
        { type: "restart", attempt: 1, reason },
      ],
    });
  });

  it("comes back when it answers after the restart", () => {
    const restarted = play(
      [
        [30_000, sick],
        [60_000, sick],
        [90_000, sick],
      ],
      healthy,
    ).state;
    expect(play([[91_000, ok]], restarted).commands).toEqual([{ type: "becameHealthy" }]);
  });

  it("has its grace after a restart, each later than the one before, and is given up in the end", () => {
    let state = healthy;
    let now = 30_000;
    const restartedAt: number[] = [];
    const ends: string[] = [];
    while (!ends.includes("recreate")) {
      const [next, commands] = stepProbe({ policy, state }, sick, now);
      state = next;
      for (const { type } of commands) if (type === "restart") restartedAt.push(now);
      ends.push(...commands.map(({ type }) => type));
      now = state.nextAt;
    }
    expect(ends.filter((type) => type === "becameUnhealthy")).toHaveLength(1);
    expect(restartedAt).toHaveLength(RESTARTS_MAX);
    const gaps = restartedAt.slice(1).map((at, index) => at - (restartedAt[index] ?? 0));
    expect(gaps.every((gap) => gap >= policy.graceMs)).toBe(true);
  });
});
