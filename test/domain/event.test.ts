// Which events a reader wants, and what they look like to it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EVERY_EVENT, bounded, isOfType, isWanted } from "#domain/event.ts";
import type { Event } from "#domain/event.ts";
import { EVENT_KINDS, frameOf, kindFilter } from "#domain/event/frame.ts";
import { parseSince } from "#domain/event/subscription.ts";
import { eventOf } from "#domain/rollout/event.ts";
import { CANARY, rolloutOf } from "#test/domain/rollouts.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

function event(given: Partial<Event> = {}): Event {
  return {
    id: 7,
    type: "workload.scaled",
    at: AT,
    subject: "workloads/my-app",
    app: "my-app",
    message: "Scaled from 2 to 3 replicas",
    level: "info",
    data: { previous_replicas: 2 },
    ...given,
  };
}

describe("a pattern", () => {
  test.each([
    ["task.*", "task.completed", true],
    ["task.*", "batch.completed", false],
    ["*.scaled", "workload.scaled", true],
    ["*.scale_*", "workload.scale_failed", true],
    ["*", "anything.at_all", true],
    ["task.completed", "task.completed", true],
    ["task.completed", "task.completed_late", false],
    ["a*a", "a", false],
  ])("%s on %s is %s", (pattern, type, expected) => {
    expect(isOfType([pattern], type)).toBe(expected);
  });

  test("says what a regular expression of the same meaning says", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, type) => {
        const plain = type.replaceAll("*", "c");
        const meant = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        return isOfType([pattern], plain) === meant.test(plain);
      }),
    );
  });
});

describe("a filter", () => {
  test("lets through what fits all its parts", () => {
    const wanted = (given: object): boolean => isWanted({ ...EVERY_EVENT, ...given }, event());
    expect(wanted({})).toBe(true);
    expect(wanted({ app: "my-app", types: ["workload.*"], levels: ["info"] })).toBe(true);
    expect(wanted({ app: "other" })).toBe(false);
    expect(wanted({ subject: "workloads/other" })).toBe(false);
    expect(wanted({ levels: ["error"] })).toBe(false);
    expect(wanted({ notTypes: ["*.scaled"] })).toBe(false);
  });

  test.each(["workload.scaled", "node.registered", "module.registered", "health.failed"])(
    "of each kind lets %s through only where it is shown as that kind",
    (type) => {
      const { type: shown } = JSON.parse(frameOf("apps", event({ type }))) as { type: string };
      const letting = EVENT_KINDS.filter((kind) => isWanted(kindFilter(kind), event({ type })));
      expect(letting).toEqual([shown]);
    },
  );
});

describe("a frame", () => {
  test("of the 002 document has its fields", () => {
    expect(JSON.parse(frameOf("apps", event()))).toEqual({
      id: 7,
      type: "scaling",
      event: "workload.scaled",
      app_name: "my-app",
      message: "Scaled from 2 to 3 replicas",
      timestamp: "2026-01-02T03:04:05.000Z",
      details: { previous_replicas: 2 },
    });
  });

  test("of a log line has a container and a level in capitals", () => {
    const line = event({ subject: "my-app-1", level: "warning", message: "hot" });
    expect(JSON.parse(frameOf("logs", line))).toEqual({
      timestamp: "2026-01-02T03:04:05.000Z",
      container: "my-app-1",
      level: "WARN",
      message: "hot",
    });
  });

  test("of the 003 document goes by the change of a task's status", () => {
    const done = event({ type: "task.completed", data: { task_id: "t" } });
    expect(JSON.parse(frameOf("provisioning", done))).toMatchObject({
      event_type: "TaskStatusChanged",
      data: { task_id: "t", status: "completed" },
      metadata: { task_id: "t", status: "completed" },
    });
    const other = event({ type: "deployment.rolled_back" });
    expect(JSON.parse(frameOf("provisioning", other))).toMatchObject({
      event_type: "DeploymentRolledBack",
    });
  });
});

describe("an event", () => {
  test("is kept within bounds", () => {
    const long = bounded(event({ message: "x".repeat(10_000), data: { all: "y".repeat(40_000) } }));
    expect(long.message.length).toBe(4_000);
    expect(long.data).toEqual({ omitted: "40010 characters of data" });
  });

  test("of a transition is named by its phase, and keyed by its number", () => {
    const rollout = rolloutOf(CANARY);
    const transition = {
      sequence: 3,
      at: AT,
      actor: "system",
      from: "judging",
      to: "withdrawing (routing)",
      reason: "errorRate: 12 % of calls fail",
      evidence: [],
    };
    expect(eventOf(rollout, transition)).toMatchObject({
      type: "deployment.withdrawing",
      level: "warning",
      subject: "deployments/deploy-1",
      key: "deploy-1 3",
    });
    const named = (from: string, to: string): string =>
      eventOf(rollout, { ...transition, from, to }).type;
    expect(named("none", "pending")).toBe("deployment.created");
    expect(named("pending", "pending")).toBe("deployment.approved");
    expect(named("pending", "claiming")).toBe("deployment.started");
    expect(named("claiming", "pending")).toBe("deployment.refused");
    expect(named("finishing", "completed")).toBe("deployment.completed");
  });
});

test.each([
  ["123", { type: "id", id: 123 }],
  ["1h", { type: "time", at: AT - 3_600_000 }],
  ["2026-01-02T03:00:00Z", { type: "time", at: Date.UTC(2026, 0, 2, 3) }],
  ["yesterday", null],
  ["", null],
])("since=%s is understood", (text, expected) => {
  expect(parseSince(text, AT)).toEqual(expected);
});
