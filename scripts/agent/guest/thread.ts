// One worker thread: a realm for one artifact, which it is asked to call.
import { parentPort, workerData } from "node:worker_threads";
import { Realm } from "./enclosure.ts";
import type { Seed } from "./enclosure.ts";

export type Asked = { readonly id: number; readonly request: string } | { readonly callId: string };
export type Told =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly message: string }
  | {
      readonly type: "answer";
      readonly id: number;
      readonly json: string | null;
      readonly thrown: string;
    };

type Port = NonNullable<typeof parentPort>;

if (parentPort !== null) {
  // Whatever a stranger leaves unhandled is nobody's: printing it would call what it brought along.
  process.on("unhandledRejection", () => undefined);
  process.on("uncaughtException", () => process.exit(1));
  // Sent by guests.ts in this very form.
  await serve(parentPort, workerData as Seed);
}

async function serve(port: Port, seed: Seed): Promise<void> {
  const say = (told: Told): void => port.postMessage(told);
  const realm = new Realm();
  const answer = (id: number, json: string | null, thrown: string): void =>
    say({ type: "answer", id, json, thrown });
  try {
    const opened = await realm.open(seed, answer);
    const Guest = await realm.start(seed, opened);
    port.on("message", (asked: Asked) => {
      if ("callId" in asked) opened.cancel(Guest, asked.callId);
      else opened.call(Guest, asked.id, asked.request);
    });
    say({ type: "ready" });
  } catch (thrown) {
    say({ type: "failed", message: textOf(thrown) });
  }
}

/** Of an error that may be a stranger's: its text may be a function of theirs. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "The guest could not be started.";
  }
}
