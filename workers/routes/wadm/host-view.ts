// Hosts → the shapes that wasmCloud's clients know: as wadm keeps them, as the control interface tells them, and as a
// host tells of itself.
import type { Host } from "#control/hosts.ts";

/** As `wadm_state` has it. */
export function hostState(host: Host, now: number) {
  const { components, providers, lastBeatAt } = host;
  return {
    ...common(host, now),
    id: host.node.id,
    components: countsOf(components),
    providers: providers.map(({ id, image, annotations }) => ({
      provider_id: id,
      provider_ref: image,
      annotations,
    })),
    last_seen: new Date(lastBeatAt).toISOString(),
  };
}

/** A component that runs in two versions while it is updated is one. */
function countsOf(components: Host["components"]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { id, instances } of components) counts[id] = (counts[id] ?? 0) + instances;
  return counts;
}

function common({ node, startedAt }: Host, now: number) {
  return {
    friendly_name: node.name === "" ? node.id : node.name,
    labels: labelsOf(node),
    version: node.runtimeVersion ?? node.runtime,
    // Clients know no host that didn't say since when it is up.
    uptime_seconds: startedAt === null ? 0 : Math.max(0, Math.floor((now - startedAt) / 1000)),
  };
}

/** Those that a spread may name. */
function labelsOf({ labels, region, zone }: Host["node"]): Record<string, string> {
  return { region, ...(zone === null ? {} : { zone }), ...labels };
}
