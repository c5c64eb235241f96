// Holds the world of rollouts to the invariants: each call that is routed, each route that is written, each step, the end.
import type { Known } from "#domain/choice.ts";
import { GENESIS, firstBreak } from "#domain/ledger.ts";
import { ROUTE_REFRESH_MS } from "#domain/rollout/rollout.ts";
import type { Phase, Rollout } from "#domain/rollout/rollout.ts";
import { planOf } from "#domain/rollout/wave.ts";
import { stickyBucket, versionAt, weightSum } from "#domain/route.ts";
import { hold } from "#test/sim/invariant.ts";
import type { Written } from "./database.ts";
import type { Decision } from "./isolate.ts";
import { conductOf, digest } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Shell } from "./shell.ts";

export class Judge {
  readonly #scene: Scene;
  /** By candidate and region: the largest share that was planned for it so far. */
  readonly #planned = new Map<string, number>();
  /** By rollout and region: the share that was written last. */
  readonly #shares = new Map<string, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  called({ choice, snapshot, bucket, stickyKey }: Decision): boolean {
    const { moduleId, nodeId, region } = choice;
    const { now } = this.#scene.clock;
    const shell = this.#shellOf(moduleId);
    if (shell !== undefined) {
      const { withdrawnAt } = shell.witness;
      const freshFrom = now - ROUTE_REFRESH_MS - (snapshot.arrivedAt - snapshot.takenAt);
      hold(
        "withdrawn",
        withdrawnAt === null || freshFrom < withdrawnAt,
        () => `${moduleId} was withdrawn at ${withdrawnAt} and is called at ${now}`,
      );
      const drawn = stickyKey === null ? bucket : stickyBucket("greeter", stickyKey);
      const isProven = shell.rollout.phase.name === "completed";
      const most = this.#planned.get(`${moduleId} ${region}`) ?? 0;
      hold(
        "exposure",
        isProven || drawn < most,
        () => `bucket ${drawn} of ${region} reaches ${moduleId}, ${most}% is planned`,
      );
    }
    if (stickyKey !== null) {
      const route = snapshot.known.routes.find((one) => one.region === region);
      const expected =
        route === undefined ? null : versionAt(route, stickyBucket("greeter", stickyKey));
      const isMoved = expected?.nodes.every((node) => isIll(snapshot.known, node)) === true;
      hold(
        "sticky",
        isMoved || expected?.moduleId === moduleId,
        () => `${stickyKey} is led to ${moduleId}`,
      );
    }
    const runner = this.#scene.runners.get(nodeId);
    if (runner === undefined || runner.isDown) return true;
    return runner.call(moduleId, this.#scene.calls, conductOf(this.#scene, moduleId));
  }

  /** A write of routes was done. */
  written({ holder, routes }: Written): void {
    const shell = this.#scene.shells.get(holder);
    for (const route of routes) {
      const sum = weightSum(route);
      hold(
        "weights",
        route.entries.length === 0 || sum === 100,
        () => `${route.region} has ${sum}`,
      );
      if (shell === undefined) continue;
      const { candidate } = shell.rollout;
      const weight = route.entries.find(({ moduleId }) => moduleId === candidate)?.weight ?? 0;
      const { withdrawnAt } = shell.witness;
      hold("withdrawn", withdrawnAt === null || weight === 0, () => `${candidate} is routed again`);
      this.#look(shell, {
        region: route.region,
        weight,
        isFirst: route.entries[0]?.moduleId === candidate,
      });
    }
  }

  /** The candidate stands first and its share only grows, so that no bucket flips back. */
  #look(shell: Shell, at: { region: string; weight: number; isFirst: boolean }): void {
    const { region, weight, isFirst } = at;
    const { id, candidate, plan } = shell.rollout;
    const key = `${id} ${region}`;
    const isLeaving = shell.witness.transitions.some(({ to }) => to.startsWith("withdrawing"));
    const before = this.#shares.get(key) ?? 0;
    this.#shares.set(key, weight);
    hold(
      "sticky",
      isLeaving || weight >= before,
      () => `${candidate} falls from ${before}% to ${weight}% in ${region}`,
    );
    hold("sticky", weight === 0 || isFirst, () => `${candidate} doesn't stand first in ${region}`);
    const alone =
      (plan?.before.find((route) => route.region === region)?.entries ?? []).length === 0;
    const most = alone ? 100 : (this.#planned.get(`${candidate} ${region}`) ?? 0);
    hold(
      "exposure",
      weight <= most,
      () => `${candidate} has ${weight}% of ${region}, ${most}% is planned`,
    );
  }

  stepped(id: string, { before, after }: { before: Rollout; after: Rollout }): void {
    const { witness } = this.#scene.shells.get(id) ?? { witness: null };
    if (witness === null) return;
    if (witness.withdrawnAt === null && isOut(before, after))
      witness.withdrawnAt = this.#scene.clock.now;
    this.#expect(after);
    this.#exclude(after);
  }

  /** The shares of waves that have begun, and all of it for one that has nothing beside it. */
  #expect(rollout: Rollout): void {
    const { phase, candidate } = rollout;
    const plan = planOf(rollout);
    const last = phase.name === "routing" ? phase.wave : rollout.live;
    for (const wave of plan.waves.slice(0, last + 1)) {
      for (const [region, share] of Object.entries(wave.shares)) {
        const alone =
          (plan.before.find((route) => route.region === region)?.entries ?? []).length === 0;
        const key = `${candidate} ${region}`;
        this.#planned.set(key, Math.max(this.#planned.get(key) ?? 0, alone ? 100 : share));
      }
    }
    if (phase.name !== "finishing") return;
    for (const { region } of plan.before) this.#planned.set(`${candidate} ${region}`, 100);
  }

  #exclude(rollout: Rollout): void {
    if (!isActive(rollout)) return;
    for (const { rollout: other } of this.#scene.shells.values()) {
      hold(
        "exclusive",
        other.id === rollout.id || !isActive(other),
        () => `${rollout.id} and ${other.id} are active`,
      );
    }
    for (const { region } of planOf(rollout).before) {
      const holder = this.#scene.database.rows.get(region)?.holder ?? null;
      hold(
        "exclusive",
        holder === rollout.id,
        () => `${rollout.id} is ${phaseOf(rollout.phase)} and ${holder} holds ${region}`,
      );
    }
  }

  end(): void {
    const broken = firstBreak(this.#scene.links, GENESIS, digest);
    hold("recorded", broken === null, () => JSON.stringify(broken));
    for (const [region, { holder, entries }] of this.#scene.database.rows) {
      hold("exclusive", holder === null, () => `${holder} still holds ${region}`);
      for (const { moduleId, nodes, weight } of entries) {
        for (const node of weight > 0 ? nodes : []) {
          hold(
            "durable",
            this.#scene.runners.get(node)?.holds(moduleId) === true,
            () => `${region} leads to ${moduleId} on ${node}, which doesn't hold it`,
          );
        }
      }
    }
    for (const { rollout, witness } of this.#scene.shells.values()) {
      this.#judgeLedger(rollout, witness.transitions.length);
      if (rollout.phase.name === "completed") continue;
      const { candidate } = rollout;
      for (const [region, { entries }] of this.#scene.database.rows) {
        const isThere = entries.some(({ moduleId }) => moduleId === candidate);
        hold(
          "withdrawn",
          !isThere,
          () => `${candidate} is ${rollout.phase.name} and stands in ${region}`,
        );
      }
      for (const [node, runner] of this.#scene.runners) {
        hold(
          "withdrawn",
          !runner.holds(candidate),
          () => `${candidate} is ${rollout.phase.name} and loaded on ${node}`,
        );
      }
    }
  }

  #judgeLedger({ id }: Rollout, transitions: number): void {
    const kept = this.#scene.links.filter((link) => link.id.startsWith(`${id}/`)).length;
    hold(
      "recorded",
      kept === transitions + 1,
      () => `${id} has ${transitions} transitions, the ledger ${kept - 1}`,
    );
  }

  #shellOf(moduleId: string): Shell | undefined {
    for (const shell of this.#scene.shells.values()) {
      if (shell.rollout.candidate === moduleId) return shell;
    }
    return undefined;
  }
}

function isIll({ nodes }: Known, node: string): boolean {
  return nodes.some(({ id, status }) => id === node && status !== "Healthy");
}

/** From here on it counts on its regions being its own. */
function isActive({ phase }: Rollout): boolean {
  switch (phase.name) {
    case "pending":
    case "claiming":
    case "completed":
    case "failed":
    case "rolledBack":
      return false;
    case "withdrawing":
      return phase.step !== "claiming";
    case "loading":
    case "checking":
    case "routing":
    case "baking":
    case "judging":
    case "paused":
    case "finishing":
      return true;
  }
}

function isOut({ phase: before }: Rollout, { phase: after }: Rollout): boolean {
  const isRouted =
    before.name === "withdrawing" && before.scope === "rollout" && before.step === "routing";
  if (!isRouted) return false;
  const isWaiting = after.name === "withdrawing" && after.step === "unloading";
  return isWaiting || after.name === "rolledBack" || after.name === "failed";
}

export function phaseOf(phase: Phase): string {
  const wave = "wave" in phase ? ` ${phase.wave + 1}` : "";
  if (phase.name === "withdrawing") return `withdrawing (${phase.step})${wave}`;
  return phase.name === "paused" ? `paused (${phase.cause})${wave}` : `${phase.name}${wave}`;
}
