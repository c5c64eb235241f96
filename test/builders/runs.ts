// Tasks and batches of the 003 document, and the waiting for their end.
import type { z } from "@hono/zod-openapi";
import type { batchAnswer, taskAnswer } from "#routes/provisioning/answer.ts";
import type { Answer, Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { shift } from "#test/builders/users.ts";

export type Task = z.infer<typeof taskAnswer>;
export type Batch = z.infer<typeof batchAnswer>;
export type Enveloped<Data> = { readonly success: boolean; readonly data: Data };
export type Refusal = { readonly success: false; readonly error: string };

const WAIT_MS = 30_000;

export const operator = shift("Admin", 9);

export async function put(name: string, settings: Json): Promise<Answer<Enveloped<string>>> {
  return (await operator()).send("PUT", `/settings/${name}`, { json: settings });
}

/** The task's id. */
export async function submit(workflow: string, body: Json): Promise<string> {
  const answer = await (
    await operator()
  ).post<Enveloped<string>>(`/workflows/${workflow}/create`, body);
  if (answer.status !== 200) throw new Error(`not submitted: ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

export async function task(id: string): Promise<Task> {
  return (await (await operator()).get<Enveloped<Task>>(`/tasks/${id}`)).body.data;
}

export async function execute(body: Json): Promise<Answer<Enveloped<Batch>>> {
  return (await operator()).post<Enveloped<Batch>>("/batch/execute", body);
}

export async function batch(id: string): Promise<Batch> {
  return (await (await operator()).get<Enveloped<Batch>>(`/batch/operations/${id}`)).body.data;
}

export function ended<
  Run extends { readonly status: string; readonly completed_at: string | null },
>(look: () => Promise<Run>): Promise<Run> {
  return eventually(look, ({ completed_at }) => completed_at !== null, WAIT_MS);
}
