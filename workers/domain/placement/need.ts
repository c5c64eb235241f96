// What a version needs of its node beside room: nodes in workerd have all of it, a node whose guests run at an agent none.
import { networkOf } from "#domain/host.ts";
import type { Grant } from "#domain/link.ts";
import type { Convention, ModuleLimits } from "#domain/module.ts";
import type { EdgeNode } from "#domain/node.ts";

export type Need = "http" | "network" | "links";

/** In the order in which they are told. */
const TOLD = {
  http: "without HTTP handlers",
  network: "without a network for guests",
  links: "without services for links",
} as const satisfies Readonly<Record<Need, string>>;

const AGENT_LACKS: ReadonlySet<Need> = new Set(["http", "network", "links"]);
const NOTHING: ReadonlySet<Need> = new Set();

export function lacksOf({ isAgent }: Pick<EdgeNode, "isAgent">): ReadonlySet<Need> {
  return isAgent ? AGENT_LACKS : NOTHING;
}

export function needsOf(of: {
  readonly convention: Convention;
  readonly limits: Pick<ModuleLimits, "networkAccess" | "allowedHosts">;
  readonly grants?: readonly Grant[] | undefined;
  /** It is to answer HTTP, by whatever convention. */
  readonly isHttp?: boolean;
}): Need[] {
  const { convention, limits, grants = [], isHttp = false } = of;
  const needs: Need[] = [];
  if (isHttp || convention === "http") needs.push("http");
  if (networkOf(limits) !== null) needs.push("network");
  if (grants.length > 0) needs.push("links");
  return needs;
}

/** What of that the node lacks first, as a rule that it breaks; null when it lacks nothing. */
export function lackOfNeeds(lacks: ReadonlySet<Need>, needs: readonly Need[]): string | null {
  const need = needs.find((one) => lacks.has(one));
  return need === undefined ? null : TOLD[need];
}
