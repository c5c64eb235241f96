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
export function labelsOf({ labels, region, zone }: Host["node"]): Record<string, string> {
  return { region, ...(zone === null ? {} : { zone }), ...labels };
}

/** As a host tells of itself when it is pinged. */
export function hostView(host: Host, lattice: string, now: number) {
  const told = common(host, now);
  return { id: host.node.id, lattice, ...told, uptime_human: humanSpan(told.uptime_seconds) };
}

export function inventoryView(host: Host, now: number) {
  const told = common(host, now);
  return {
    host_id: host.node.id,
    ...told,
    uptime_human: humanSpan(told.uptime_seconds),
    components: host.components.map(({ id, name, image, annotations, revision, instances }) => ({
      id,
      name,
      image_ref: image,
      annotations,
      revision,
      max_instances: instances,
    })),
    providers: host.providers.map(({ id, name, image, annotations }) => ({
      id,
      name,
      image_ref: image,
      annotations,
      // The platform's own have no versions.
      revision: 0,
    })),
  };
}

/** `2m 21s`. */
function humanSpan(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return told.length === 0 ? "0s" : told.join(" ");
}
