// Another number of replicas, written into the workload.
import type { App, Scaling } from "#domain/app/app.ts";
import { fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import { latticeOf } from "#stores/objects.ts";

export type Rescaling = Scaling & { readonly details: Readonly<Record<string, string | number>> };

/** Why it could not be done; null when it is on its way. */
export async function rescale(
  { env, app, by }: { env: Env; app: App; by: string },
  { to }: Rescaling,
): Promise<FaultReport | null> {
  if (app.workload === null) return fault("CONFLICT", `${app.name} was never started.`);
  const lattice = latticeOf(env, app.namespace);
  const record = await lattice.read(app.workload);
  if (record === null) return fault("CONFLICT", `${app.name} has no workload any more.`);
  const { workload, resourceVersion } = record;
  const put = await lattice.put(
    { ...workload, kind: { type: "deployment", replicas: to } },
    { expected: resourceVersion, by },
  );
  if ("record" in put) return null;
  return put.fault.code === "CONFLICT"
    ? fault("SCALING_IN_PROGRESS", `${app.name} changes at this moment: ${put.fault.message}`)
    : put.fault;
}
