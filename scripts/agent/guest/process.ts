// The process that holds the guests' threads: it has no files, no children, no environment and no token. It passes on
// what it is told, and ends with its parent.
import { Worker } from "node:worker_threads";
import type { Seed } from "./enclosure.ts";
import type { Asked, Told } from "./thread.ts";

export type Order =
  | { readonly type: "open"; readonly thread: number; readonly seed: Seed }
  | { readonly type: "call"; readonly thread: number; readonly asked: Asked }
  | { readonly type: "cancel"; readonly thread: number; readonly callId: string }
  | { readonly type: "close"; readonly thread: number };

export type Report =
  | { readonly type: "told"; readonly thread: number; readonly told: Told }
  | { readonly type: "ended"; readonly thread: number };

/** JavaScript of one guest. Linear memory is outside of it, and capped in the binary. */
const HEAP_MB_MAX = 128;
const THREAD = new URL("thread.ts", import.meta.url);

const threads = new Map<number, Worker>();

process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => obey(order));

function obey(order: Order): void {
  switch (order.type) {
    case "open":
      return open(order.thread, order.seed);
    case "call":
      threads.get(order.thread)?.postMessage(order.asked);
      return;
    case "cancel":
      threads.get(order.thread)?.postMessage({ callId: order.callId } satisfies Asked);
      return;
    case "close":
      void threads.get(order.thread)?.terminate();
  }
}

function open(thread: number, seed: Seed): void {
  const worker = new Worker(THREAD, {
    workerData: seed,
    env: {},
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
  threads.set(thread, worker);
  worker.on("message", (told: Told) => say({ type: "told", thread, told }));
  // Its end is told of; what a stranger threw is not looked at.
  worker.on("error", () => undefined);
  worker.on("exit", () => {
    threads.delete(thread);
    say({ type: "ended", thread });
  });
}

function say(report: Report): void {
  process.send?.(report);
}
