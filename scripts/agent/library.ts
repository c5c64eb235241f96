// What guests are made of, fetched from the orchestrator with the node's token and kept as long as there is room: the
// harness by its digest, prepared artifacts by what they call themselves. What isn't as it was written is not kept.
import { z } from "zod";
import type { LoadOrder } from "#domain/agent/order.ts";
import { Fault } from "#domain/fault.ts";
import type { Entry, Prepared } from "#domain/prepared.ts";
import { readPreparedForm } from "#domain/prepared-form.ts";
import { assemble } from "#guest/assembly.ts";
import type { Harness, Piece } from "#guest/assembly.ts";

const KEPT_BYTES_MAX = 256 * 1024 * 1024;
const FETCH_MS_MAX = 20_000;
/**
 * The one word of JavaScript that would hand a realm an object of Node's. In strings and comments it is refused too; as a
 * keyword it can't be written in another way.
 */
const DYNAMIC_IMPORT = /\bimport\b(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*[(.]/;

const harnessText = z.object({
  name: z.string(),
  source: z.string(),
  digest: z.string(),
  yielder: z.string().regex(/^(?:[0-9a-f]{2})*$/),
});

/** The orchestrator will not have this agent; trying again changes nothing. */
export class Unwelcome extends Error {}

export class Library {
  readonly #base: string;
  readonly #token: string;
  readonly #harnesses = new Map<Entry, Harness>();
  readonly #artifacts = new Map<string, Prepared>();

  constructor({ url, nodeId, token }: { url: string; nodeId: string; token: string }) {
    this.#base = `${url}/api/v1/nodes/${nodeId}`;
    this.#token = token;
  }

  /** All modules of a guest, and the one that begins. */
  async guestOf(order: LoadOrder): Promise<{ parts: Piece[]; main: string }> {
    const [harness, prepared] = await Promise.all([
      this.harness(order.entry, order.harness),
      this.#artifact(order),
    ]);
    return { parts: assemble(harness, prepared), main: harness.name };
  }

  /** Asked for anew where it is not the one that is wanted: the orchestrator may have been deployed anew. */
  async harness(entry: Entry, digest: string | null): Promise<Harness> {
    const kept = this.#harnesses.get(entry);
    if (kept !== undefined && kept.digest === digest) return kept;
    const response = await this.#get(`harness/${entry}`);
    const { yielder, ...told } = harnessText.parse(await response.json());
    const harness = { ...told, yielder: Uint8Array.fromHex(yielder) };
    this.#harnesses.set(entry, harness);
    if (digest === null || harness.digest === digest) return harness;
    throw new Fault("UNAVAILABLE", `The harness ${digest} is not to be had any more.`);
  }

  async #artifact({ artifact, moduleId }: LoadOrder): Promise<Prepared> {
    const kept = this.#artifacts.get(artifact);
    if (kept !== undefined) {
      this.#keep(artifact, kept);
      return kept;
    }
    // The first reading is as it stands; if it is harmed the orchestrator looks at it, and makes it anew.
    for (const query of ["", "?checked=true"]) {
      const response = await this.#get(`artifacts/${encodeURIComponent(moduleId)}${query}`);
      const prepared = await readPreparedForm(
        new Uint8Array(await response.arrayBuffer()),
        artifact,
      );
      if (prepared === null) continue;
      refuseImports(prepared);
      this.#keep(artifact, prepared);
      return prepared;
    }
    const message = `The artifact of ${moduleId} did not come as ${artifact} was written.`;
    throw new Fault("ARTIFACT_CORRUPT", message);
  }

  #keep(name: string, prepared: Prepared): void {
    this.#artifacts.delete(name);
    this.#artifacts.set(name, prepared);
    let bytes = sum([...this.#artifacts.values()].map(sizeOf));
    for (const [oldest, artifact] of this.#artifacts) {
      if (bytes <= KEPT_BYTES_MAX) return;
      this.#artifacts.delete(oldest);
      bytes -= sizeOf(artifact);
    }
  }

  async #get(path: string): Promise<Response> {
    const response = await fetch(`${this.#base}/${path}`, {
      headers: { Authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(FETCH_MS_MAX),
    });
    if (response.ok) return response;
    const told = `GET ${path} answered ${response.status}: ${(await response.text()).slice(0, 1_000)}`;
    if (response.status === 401 || response.status === 403) throw new Unwelcome(told);
    throw new Fault("UNAVAILABLE", told);
  }
}

function refuseImports({ parts }: Prepared): void {
  for (const { name, kind, bytes } of parts) {
    if (kind !== "js" || !DYNAMIC_IMPORT.test(new TextDecoder().decode(bytes))) continue;
    throw new Fault(
      "UNAVAILABLE",
      `${name} of the artifact imports while it runs, which is not let.`,
    );
  }
}

function sizeOf({ parts }: Prepared): number {
  return sum(parts.map(({ bytes }) => bytes.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
