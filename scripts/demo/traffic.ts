// The demo's clients: a fixed number of senders, each with one call under way at a time. What they send varies,
// and every answer is checked against what the image's own numbers say it must be.
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import type { Client } from "#scripts/client.ts";
import type { Call } from "./log.ts";
import { versionOf } from "./log.ts";

const SENDERS = 12;
/** Between an answer and the sender's next call: a visitor's pace, and room for the machine to breathe. */
const PAUSE_MS = 10;
const BOX_SIDE = 1024;

type Image = { readonly imageUrl: string; readonly width: number; readonly height: number };
type Executed = {
  readonly success: boolean;
  readonly returnValue: string | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly moduleId: string;
};
type Question = { readonly moduleId: string; readonly regions: readonly string[] };

export class Traffic {
  readonly #senders: Promise<void>[] = [];
  #sent = 0;
  #isStopping = false;

  /** Calls `moduleId` in each region in turn, and hands over every call once it is answered. */
  start(client: Client, question: Question, record: (call: Call) => void): void {
    for (let index = 0; index < SENDERS; index += 1) {
      this.#senders.push(this.#send(client, question, record));
    }
  }

  /** Waits for the calls that are under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#senders);
  }

  async #send(client: Client, question: Question, record: (call: Call) => void): Promise<void> {
    const { moduleId, regions } = question;
    while (!this.#isStopping) {
      const number = this.#sent;
      this.#sent += 1;
      const region = regions[number % regions.length] ?? "";
      record(await callOnce(client, { moduleId, region, image: imageOf(number) }));
      await sleep(PAUSE_MS);
    }
  }
}

async function callOnce(
  client: Client,
  what: { moduleId: string; region: string; image: Image },
): Promise<Call> {
  const { moduleId, region, image } = what;
  const sentAt = Date.now();
  const from = performance.now();
  const judged = await client
    .raw("POST", "/api/v1/wasm/execute", {
      moduleId,
      functionName: "process_image",
      parameters: { ...image, operation: "resize" },
      targetRegion: region,
    })
    .then(async (response) =>
      judge(image, { status: response.status, text: await response.text() }),
    )
    .catch((thrown: unknown) => failed(null, `no answer: ${String(thrown)}`));
  return { ...judged, region, sentAt, answeredAt: Date.now(), latencyMs: performance.now() - from };
}

type Judged = Pick<Call, "moduleId" | "outcome" | "message">;

function judge(image: Image, answer: { status: number; text: string }): Judged {
  if (answer.status === 503 && answer.text.includes('"MODULE_WITHDRAWN"')) {
    return { moduleId: null, outcome: "withdrawn", message: answer.text };
  }
  if (answer.status !== 200) return failed(null, `${answer.status}: ${answer.text}`);
  // The documented answer of /execute; a field that lacks shows as a wrong answer below.
  const { success, returnValue, error, moduleId } = JSON.parse(answer.text) as Executed;
  if (!success) {
    return { moduleId, outcome: "guestFailed", message: error?.message ?? "no error was told" };
  }
  const wrong = mistake(image, { version: versionOf(moduleId), returnValue });
  return wrong === null
    ? { moduleId, outcome: "answered", message: null }
    : failed(moduleId, `wrong answer: ${wrong}`);
}

/** The same arithmetic as the guest's, in other hands: version, checksum and the size in the box. */
function mistake(
  image: Image,
  answer: { version: string; returnValue: string | null },
): string | null {
  const { imageUrl, width, height } = image;
  const scale = Math.min(1, BOX_SIDE / width, BOX_SIDE / height);
  const expected = {
    version: answer.version,
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    checksum: crc32(imageUrl).toString(16).padStart(8, "0"),
  };
  // What the example module answers: an object whose fields are compared one by one.
  const got = JSON.parse(answer.returnValue ?? "{}") as Record<string, unknown>;
  const wrong = Object.entries(expected).find(([name, value]) => got[name] !== value);
  return wrong === undefined
    ? null
    : `expected ${wrong[0]} ${wrong[1]}, got ${answer.returnValue ?? "nothing"}`;
}

/** Landscapes and portraits from 480 to 6,000 pixels; the URL is never the same twice. */
function imageOf(number: number): Image {
  const width = 480 + ((number * 677) % 5521);
  const height = 480 + ((number * 409) % 5521);
  return { imageUrl: `https://images.example.com/${number}.jpg`, width, height };
}

function failed(moduleId: string | null, message: string): Judged {
  return { moduleId, outcome: "failed", message };
}
