// The ways out of a guest's isolate: a gateway that knows whose it is and what its limits allow, and a host that knows
// what its links grant.
import { createHash } from "node:crypto";
import type { GatewayProps } from "#data/gateway.ts";
import type { HostProps } from "#data/host-services.ts";
import { isPortGrant } from "#data/guest-port.ts";
import type { Assignment } from "#domain/execution.ts";
import { networkOf } from "#domain/host.ts";
import type { HostBinding, Outbound } from "#guest/isolate.ts";

type Exports = Pick<Cloudflare.Exports, "Gateway" | "HostServices">;

export type Ways = { readonly outbound: Outbound | null; readonly host: HostBinding | null };

/** None where the node is out of service. */
export function waysOf(exports: Exports, nodeId: string | null, assignment: Assignment): Ways {
  if (nodeId === null) return { outbound: null, host: null };
  return {
    outbound: outboundOf(exports, nodeId, assignment),
    host: hostOf(exports, assignment),
  };
}

/** Null where neither limits nor links lead anywhere. */
function outboundOf(
  exports: Exports,
  nodeId: string,
  { moduleId, limits, grants = [] }: Assignment,
): Outbound | null {
  const network = networkOf(limits);
  const links = grants.filter((grant) => grant.service === "component");
  if (network === null && links.length === 0) return null;
  const props: GatewayProps = {
    nodeId,
    moduleId,
    network,
    ...(links.length === 0 ? {} : { links }),
  };
  return { key: keyOf(props), gateway: exports.Gateway({ props }) };
}

/** Null where no link leads to a service of the platform's. */
function hostOf(exports: Exports, { grants = [] }: Assignment): HostBinding | null {
  const own = grants.filter((grant) => grant.service !== "component" && !isPortGrant(grant));
  if (own.length === 0) return null;
  const props: HostProps = { grants: own };
  return { key: keyOf(props), services: exports.HostServices({ props }) };
}

function keyOf(props: object): string {
  return createHash("sha256").update(JSON.stringify(props)).digest("hex");
}
