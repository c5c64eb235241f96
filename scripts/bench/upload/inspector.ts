// The heap of the Worker's isolate, as V8 tells it through Miniflare's inspector: as it is whenever it is asked for,
// and without garbage at places of the bundled source, where the isolate is stopped for it.

/** Bytes: JavaScript's objects, what the embedder keeps for them, and the stores of array buffers. */
export type Heap = {
  readonly objects: number;
  readonly embedder: number;
  readonly buffers: number;
};

export function totalOf({ objects, embedder, buffers }: Heap): number {
  return objects + embedder + buffers;
}

const WORKER = "core:user:edgeloom";

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
};

export class Inspector {
  readonly #socket: WebSocket;
  readonly #url: string;
  readonly #waiting = new Map<number, (result: Readonly<Record<string, unknown>>) => void>();
  readonly #scripts: string[] = [];
  #stopped: (heap: Heap) => void = () => undefined;
  #asked = 0;

  private constructor(socket: WebSocket, url: string) {
    this.#socket = socket;
    this.#url = url;
    socket.addEventListener("message", ({ data }) => {
      // Of the protocol's messages these are all that are looked at.
      this.#heard(JSON.parse(String(data)) as Message);
    });
  }

  /** The Worker's isolate, or another that `targets` names. */
  static async connect(port: number, url: string, target = WORKER): Promise<Inspector> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${target}`);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("The inspector does not answer.")));
    });
    return new Inspector(socket, url);
  }

  /** All isolates: the Worker's, guests', and those in which Miniflare has D1, R2 and itself. */
  static async targets(port: number): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${port}/json`);
    // As the protocol lists what can be inspected.
    const listed = (await response.json()) as { readonly id: string }[];
    return listed.map(({ id }) => id);
  }

  async collect(): Promise<void> {
    await this.#nudged("HeapProfiler.collectGarbage");
  }

  async heap(): Promise<Heap> {
    return heapOf(await this.#nudged("Runtime.getHeapUsage"));
  }

  /** From now on the heap is told where lines with these texts are about to run, after what is garbage was collected. */
  async stopAt(texts: readonly string[], stopped: (heap: Heap) => void): Promise<void> {
    this.#stopped = stopped;
    await this.#nudged("Debugger.enable");
    const missing = new Set(texts);
    for (const scriptId of this.#scripts) {
      const { scriptSource } = await this.#nudged("Debugger.getScriptSource", { scriptId });
      for (const [lineNumber, line] of String(scriptSource).split("\n").entries()) {
        const text = texts.find((text) => line.includes(text));
        if (text === undefined) continue;
        missing.delete(text);
        const location = { scriptId, lineNumber, columnNumber: line.indexOf(text) };
        await this.#nudged("Debugger.setBreakpoint", { location });
      }
    }
    if (missing.size > 0) throw new Error(`Not in the bundle: ${[...missing].join(", ")}`);
  }

  close(): void {
    this.#socket.close();
  }

  #heard({ id, method, params, result }: Message): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.(result ?? {});
      this.#waiting.delete(id);
    }
    if (method === "Debugger.scriptParsed") this.#scripts.push(String(params?.["scriptId"]));
    if (method === "Debugger.paused") void this.#pass(params?.["callFrames"]);
  }

  async #pass(callFrames: unknown): Promise<void> {
    // The protocol's frames; the innermost is where it stopped.
    const [frame] = callFrames as readonly { readonly callFrameId: string }[];
    if (frame !== undefined) await this.#collectStopped(frame.callFrameId);
    this.#stopped(heapOf(await this.#ask("Runtime.getHeapUsage")));
    await this.#ask("Debugger.resume");
  }

  /** HeapProfiler.collectGarbage waits until the isolate runs again; a search for objects begins with a collection. */
  async #collectStopped(callFrameId: string): Promise<void> {
    const asked = { callFrameId, expression: "DataView.prototype", objectGroup: "bench" };
    const { result } = await this.#ask("Debugger.evaluateOnCallFrame", asked);
    // What was asked for is an object.
    const { objectId } = result as { readonly objectId: string };
    await this.#ask("Runtime.queryObjects", { prototypeObjectId: objectId, objectGroup: "bench" });
    await this.#ask("Runtime.releaseObjectGroup", { objectGroup: "bench" });
  }

  /** An isolate that runs hears the inspector only when it has something to do: so it gets a request, too. */
  async #nudged(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = this.#ask(method, params);
    const response = await fetch(`${this.#url}/health`);
    await response.body?.cancel();
    return answer;
  }

  #ask(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#asked += 1;
    const id = this.#asked;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
    });
  }
}

function heapOf(usage: Readonly<Record<string, unknown>>): Heap {
  return {
    objects: Number(usage["usedSize"]),
    embedder: Number(usage["embedderHeapUsedSize"]),
    buffers: Number(usage["backingStorageSize"]),
  };
}
