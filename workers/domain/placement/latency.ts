// What nodes measured of a module, for placement: of the version itself where a node ran it, else of the version of the
// same module that the node ran most.
import { parseModuleReference } from "#domain/module.ts";

export type Latency = {
  readonly nodeId: string;
  readonly moduleId: string;
  readonly calls: number;
  readonly p95Ms: number;
};

export function p95ByNode(moduleId: string, measured: readonly Latency[]): Map<string, number> {
  const name = nameOf(moduleId);
  const found = new Map<string, Latency>();
  for (const one of measured) {
    if (nameOf(one.moduleId) !== name) continue;
    const known = found.get(one.nodeId);
    if (known === undefined || worth(one, moduleId) > worth(known, moduleId))
      found.set(one.nodeId, one);
  }
  return new Map([...found].map(([node, { p95Ms }]) => [node, p95Ms]));
}

function worth({ moduleId, calls }: Latency, wanted: string): number {
  return moduleId === wanted ? Number.POSITIVE_INFINITY : calls;
}

function nameOf(moduleId: string): string {
  return parseModuleReference(moduleId)?.name ?? moduleId;
}
