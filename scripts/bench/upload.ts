// What an upload of 50 MB as base64 in JSON takes of memory, in the program as it is bundled: how much larger the heap
// of the Worker's isolate gets while it is received, metered and stored. Told twice: as it runs, garbage included, as
// often as the isolate can be asked; and what is held, where the most is.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "#scripts/client.ts";
import { LOCAL_ADMIN, startOrchestrator } from "#scripts/orchestrator.ts";
import { Inspector, totalOf } from "./upload/inspector.ts";
import type { Heap } from "./upload/inspector.ts";
import { residentOf, workerdOf } from "./upload/resident.ts";
import { SHAPES } from "./upload/shapes.ts";
import type { Shape } from "./upload/shapes.ts";

const MB = 1_000_000;
const MODULE_BYTES = 52_428_800;
const PROMISE_MB = 64;
const SAMPLE_MS = 5;
const MODULES = "/api/v1/wasm/modules";
/**
 * The writes to R2: of a part of the metered module, when the upload, the part and the body that is metered are held;
 * of the upload itself.
 */
const PLACES = [".uploadPart(", "ARTIFACTS.put("];

export async function benchUpload(port: number): Promise<number> {
  const kept: boolean[] = [];
  for (const shape of SHAPES) kept.push(await measure(shape, port));
  return kept.every(Boolean) ? 0 : 1;
}

/** A process of its own for each shape: what one leaves behind is none of the next one's. */
async function measure(shape: Shape, port: number): Promise<boolean> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const inspectorPort = port + 1;
  const variables = { RATE_LIMIT_SCALE: "1000000" };
  const options = { port, stateDirectory, variables, inspectorPort, quiet: true };
  const orchestrator = await startOrchestrator(options);
  const inspector = await Inspector.connect(inspectorPort, orchestrator.url);
  try {
    const client = new Client(orchestrator.url);
    await client.login(LOCAL_ADMIN);
    // Whatever the first upload loads is there before those that are measured.
    await upload(client, "1.0.0", shape.make(100_000));
    const pid = workerdOf(process.pid);
    const bytes = shape.make(MODULE_BYTES);
    console.log(`${shape.name}: ${shape.about}; ${told(bytes.length)} MB`);
    const start = performance.now();
    const sampled = await during(inspector, [], () => upload(client, "2.0.0", bytes));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const resident = told(residentOf(pid));
    const stops: Heap[] = [];
    await inspector.stopAt(PLACES, (heap) => stops.push(heap));
    const held = await during(inspector, stops, () => upload(client, "3.0.0", bytes));
    console.log(`
  as it runs, ${sampled.samples} samples in ${seconds} s; workerd and its storage had ${resident} MB resident at most
    before  ${heapText(sampled.before)}
    peak    ${heapText(sampled.peak)}
    more    ${sampled.moreMB.toFixed(1)} MB
  held, at ${stops.length} stops
    before  ${heapText(held.before)}
    peak    ${heapText(held.peak)}
    more    ${held.moreMB.toFixed(1)} MB, ${PROMISE_MB} MB are promised
`);
    return held.moreMB < PROMISE_MB;
  } finally {
    inspector.close();
    await orchestrator.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

async function upload(client: Client, version: string, bytes: Uint8Array): Promise<void> {
  const wasmBinary = Buffer.from(bytes).toString("base64");
  const body = { name: "bulk", version, wasiVersion: "preview1", wasmBinary };
  await client.send("POST", MODULES, body);
}

/** The most that was seen while this went on: at the stops, or in samples where there are none. */
async function during(inspector: Inspector, stops: readonly Heap[], work: () => Promise<void>) {
  await inspector.collect();
  const before = await inspector.heap();
  const samples = [before];
  const done = work().then(() => "done" as const);
  while ((await Promise.race([done, sleep(SAMPLE_MS)])) !== "done") {
    samples.push(await inspector.heap());
  }
  const seen = stops.length > 0 ? stops : samples;
  const peak = seen.reduce((most, heap) => (totalOf(heap) > totalOf(most) ? heap : most));
  const moreMB = (totalOf(peak) - totalOf(before)) / MB;
  return { before, peak, moreMB, samples: samples.length };
}

function heapText(heap: Heap): string {
  const { objects, embedder, buffers } = heap;
  return `${told(totalOf(heap))} MB: ${told(objects)} in objects, ${told(embedder)} of the embedder, ${told(buffers)} in buffers`;
}

function told(bytes: number): string {
  return (bytes / MB).toFixed(1);
}
