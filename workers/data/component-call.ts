// A call of a component's function, whoever asks for it inside: one of its instances is chosen as for a request, so that
// a rollout of it has its share.
import type { Choice } from "#domain/choice.ts";
import { componentKey } from "#domain/endpoint-key.ts";
import type { Call, CallAnswer } from "#domain/execution.ts";
import type { AppSnapshot } from "#stores/ingress.ts";
import { callable, refresh } from "./callable.ts";
import { attempt } from "./routed.ts";

export type ComponentOf = { readonly lattice: string; readonly component: string };
export type ComponentAnswer = Exclude<CallAnswer, { type: "notAssigned" }>;

/** Null where its instance is being moved. Throws a Fault where there is none. */
export async function callComponent(
  env: Env,
  { lattice, component }: ComponentOf,
  make: (call: Pick<Call, "moduleId" | "workload">, choice: Choice) => Promise<CallAnswer>,
): Promise<ComponentAnswer | null> {
  const key = componentKey(lattice, component);
  const on = async (app: AppSnapshot) => {
    const question = { moduleName: app.moduleName, moduleId: null, region: null, stickyKey: null };
    const done = await attempt(question, app, async (choice) => {
      const whose = { moduleId: choice.moduleId, workload: app.workload.id };
      const answer = await make(whose, choice);
      return answer.type === "notAssigned" ? null : answer;
    });
    return done?.answer ?? null;
  };
  const app = await callable(env, key, "calls");
  return (await on(app)) ?? on((await refresh(env, key)) ?? app);
}
