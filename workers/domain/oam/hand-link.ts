// Links that are put by hand, without a manifest that says what stands at their ends: a source that is no component is
// the HTTP server, and what else a link may lead to is told by its interfaces. Pure.
import type { Grant, HostService, LatticeLink } from "#domain/link.ts";
import { hearingFault } from "#domain/messaging.ts";
import { offerFault, portOf, serviceFor } from "./provider.ts";
import { INCOMING, betweenFault, grantOf, interfacesOf, isServing } from "./wiring.ts";

/** A text is the reason why the link can't be had. */
export function handLink(
  given: Omit<LatticeLink, "model" | "port">,
  of: { readonly isFromComponent: boolean; readonly isToComponent: boolean },
): LatticeLink | string {
  const interfaces = interfacesOf(given);
  if (interfaces.every((one) => one === INCOMING)) {
    if (of.isFromComponent) return { ...given, port: null, model: null };
    const port = portOf(given.sourceConfig);
    return port === null
      ? `The HTTP server's address has no port: ${given.sourceConfig["address"] ?? ""}.`
      : { ...given, port, model: null };
  }
  if (of.isFromComponent && of.isToComponent) {
    return betweenFault(interfaces) ?? { ...given, port: null, model: null };
  }
  const service = serviceFor(interfaces);
  if (service === null) return `No capability here offers ${interfaces.join(", ")}.`;
  const isSource = isServing(service, given.interfaces);
  if (isSource ? of.isFromComponent : of.isToComponent) {
    return `A link of ${interfaces.join(", ")} leads ${isSource ? "to a component, not from one" : "from a component, not to one"}.`;
  }
  return (
    offerFault(service, interfaces) ?? hearingFault(given) ?? { ...given, port: null, model: null }
  );
}

/** What they let their source reach. */
export function handGrants(links: readonly LatticeLink[]): Grant[] {
  return links
    .map((link) => grantOf({ ...link, service: serviceOf(link), host: hostOf(link) }, link.lattice))
    .filter((grant) => grant !== null);
}

function serviceOf(link: LatticeLink): HostService | null {
  if (link.port !== null) return "httpserver";
  const interfaces = interfacesOf(link);
  return interfaces.includes(INCOMING) ? null : serviceFor(interfaces);
}

function hostOf({ target }: LatticeLink): string {
  return target.toLowerCase();
}
