// One walk through the operations in an order that makes sense, with identifiers that are there: so that what only a
// success answers is held to its schema too. What the walk makes is known to the random requests that follow.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fuzzer } from "./fuzzer.ts";
import type { Ask, Body, Guide } from "./guide.ts";
import type { Operation } from "./operations.ts";
import { SCENES } from "./scenes.ts";

const POLL_MS = 250;
const WAIT_MS = 20_000;

export async function tour(
  fuzzer: Fuzzer,
  of: { operations: readonly Operation[]; admin: string; gone: string; until: number },
): Promise<void> {
  const named = new Map(of.operations.map((operation) => [operation.name, operation]));
  const ask: Ask = async (name, asked = {}) => {
    const operation = named.get(name);
    // The walk goes past what `--only` leaves out.
    if (operation === undefined) return null;
    const { at = {}, query = {}, body, token = of.admin } = asked;
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
      encodeURIComponent(at[parameter] ?? "missing"),
    );
    const search = new URLSearchParams(query);
    const request = {
      intent: "valid" as const,
      method: operation.method,
      path: search.size === 0 ? path : `${path}?${search}`,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    };
    const success = await fuzzer.try(operation, request, token);
    // Answers of this program are objects, arrays or text; of the latter two nothing is asked.
    return success === null ? null : ((success.body ?? {}) as Body);
  };
  const until: Guide["until"] = async (name, asked, hoped) => {
    for (const late = Date.now() + WAIT_MS; Date.now() < late; await sleep(POLL_MS)) {
      const body = await ask(name, asked);
      if (body === null || hoped(body)) return;
    }
  };
  for (const scene of SCENES) {
    if (Date.now() > of.until) return;
    await scene({ ask, until, gone: of.gone });
  }
}
