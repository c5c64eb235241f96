// The way out of a guest's isolate: a gateway that knows whose it is and what its limits allow.
import { createHash } from "node:crypto";
import type { GatewayProps } from "#data/gateway.ts";
import type { Assignment } from "#domain/execution.ts";
import { networkOf } from "#domain/host.ts";
import type { Outbound } from "#guest/isolate.ts";

type Exports = Pick<Cloudflare.Exports, "Gateway">;

/** Null where the limits allow no network. */
export function outboundOf(
  exports: Exports,
  nodeId: string,
  { moduleId, limits }: Assignment,
): Outbound | null {
  const network = networkOf(limits);
  if (network === null) return null;
  const props: GatewayProps = { nodeId, moduleId, network };
  const key = createHash("sha256").update(JSON.stringify(props)).digest("hex");
  return { key, gateway: exports.Gateway({ props }) };
}
