// What the parts of the rollouts' world share.
import type { Link } from "#domain/ledger.ts";
import type { Clock } from "#test/sim/clock.ts";
import type { Network } from "#test/sim/network.ts";
import type { Database } from "./database.ts";
import type { Conduct, Runner } from "./runner.ts";
import type { Shell } from "./shell.ts";

export type Scene = {
  readonly clock: Clock;
  readonly network: Network;
  readonly database: Database;
  readonly runners: ReadonlyMap<string, Runner>;
  readonly conducts: Map<string, Conduct>;
  readonly shells: Map<string, Shell>;
  /** The ledger's. */
  readonly links: Link[];
  /** How many calls each request that is routed stands for. */
  readonly calls: number;
};

export const SOUND: Conduct = { failing: 0, ms: 1, gas: 10_000 };

export function conductOf({ conducts }: Scene, moduleId: string): Conduct {
  return conducts.get(moduleId) ?? SOUND;
}

/** FNV-1a: there is no need for a better one where nobody forges. */
export function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}
