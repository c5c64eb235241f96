// One request that asks a version on a node, or one instance of it there, whether it is well.
import type { Probed } from "#domain/health/probe.ts";
import type { ServeAnswer } from "#domain/http.ts";
import { runnerOf } from "#stores/objects.ts";

/** A node that is gone answers nothing at all: so long past its timeout a probe is given up. */
const LATE_MS = 500;

export async function probe(
  env: Env,
  at: { node: string; moduleId: string; instance?: string },
  { url, timeoutMs }: { url: string; timeoutMs: number },
): Promise<Probed> {
  const { node, ...whom } = at;
  const startedAt = performance.now();
  const headers = [["user-agent", "edgeloom-probe/1"]] as const;
  const request = { method: "GET", url, headers, body: null };
  const work = runnerOf(env, node).serve({ ...whom, timeoutMs, isProbe: true }, request);
  // One that is given up may fail later, unheard.
  work.catch(() => undefined);
  // A timer that is left running would keep the object awake.
  const answered = new AbortController();
  const late = scheduler
    .wait(timeoutMs + LATE_MS, { signal: answered.signal })
    .then(onLate, onLate);
  try {
    const answer = await Promise.race([
      // RPC's own types lose the tuples of the headers; RunnerObject answers with this.
      work as unknown as Promise<ServeAnswer>,
      late,
    ]);
    return outcomeOf(answer, { timeoutMs, responseMs: Math.round(performance.now() - startedAt) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { type: "failed", error: `Node ${node} does not answer: ${reason}`, responseMs: null };
  } finally {
    answered.abort();
  }
}

function onLate(): "late" {
  return "late";
}

function outcomeOf(
  answer: ServeAnswer | "late",
  { timeoutMs, responseMs }: { timeoutMs: number; responseMs: number },
): Probed {
  if (answer === "late") {
    return { type: "failed", error: `No answer within ${timeoutMs} ms.`, responseMs: null };
  }
  switch (answer.type) {
    case "response": {
      const { status, body } = answer.response;
      if (body instanceof ReadableStream) void body.cancel().catch(() => undefined);
      return { type: "answered", status, responseMs };
    }
    case "notAssigned":
      return { type: "failed", error: "The node does not hold its version.", responseMs };
    case "refused":
    case "failed":
      return { type: "failed", error: answer.fault.message, responseMs };
  }
}
