// Whether a link from one component to another can be: what the source imports by it is what the target exports. It is
// looked at when either is deployed; at each call the target checks what it is given once more.
import { Fault } from "#domain/fault.ts";
import type { LinkGrant } from "#domain/link.ts";
import { linkFaults } from "#domain/linked.ts";
import type { LinkedInterface } from "#domain/linked.ts";
import type { Module } from "#domain/module.ts";
import { entryOf } from "#domain/prepared.ts";
import { readArtifact } from "#stores/artifacts.ts";
import { readComponent } from "#wasm/component/read.ts";
import { linkedInterfaces } from "#wasm/linked.ts";

/** Throws with each function that doesn't fit. `targetOf`: the module that runs as a component; null for none. */
export async function assertLinked(
  env: Env,
  links: readonly LinkGrant[],
  ends: {
    readonly source: Module;
    readonly targetOf: (component: string) => Promise<Module | null>;
  },
): Promise<void> {
  if (links.length === 0) return;
  const { source, targetOf } = ends;
  const of = { id: source.id, imports: await importsOf(env, source) };
  const faults: string[] = [];
  for (const { component, interfaces } of links) {
    const target = await targetOf(component);
    // What can't run tells so itself.
    if (target !== null) faults.push(...linkFaults(interfaces, of, target));
  }
  if (faults.length === 0) return;
  throw new Fault("VALIDATION_ERROR", "A link can't be had:", { details: faults });
}

async function importsOf(env: Env, source: Module): Promise<readonly LinkedInterface[]> {
  if (entryOf(source.convention) !== "component") return [];
  const bytes = new Uint8Array(await readArtifact(env, source));
  return linkedInterfaces(readComponent(bytes)).interfaces;
}
