// A guest's only way to the network: its isolate is built with this for everything that leaves it, and with nothing where
// its limits give no network. It lets the hosts of the module's limits pass, follows no redirect, and counts.
import { WorkerEntrypoint } from "cloudflare:workers";
import { Fault } from "#domain/fault.ts";
import { refusalOf } from "#domain/host.ts";
import type { Network } from "#domain/host.ts";
import type { Grant } from "#domain/link.ts";
import { NO_TRAFFIC } from "#domain/traffic.ts";
import type { Traffic } from "#domain/traffic.ts";
import { componentKey } from "#domain/endpoint-key.ts";
import { runnerOf } from "#stores/objects.ts";
import { visit } from "./ingress.ts";
import { guestRequest } from "./serve.ts";

/** Whose traffic it is. The platform keeps it beside the stub; a guest can neither see nor change it. */
export type GatewayProps = {
  readonly nodeId: string;
  readonly moduleId: string;
  /** Null where its limits give none. */
  readonly network: Network | null;
  /** Components that its links lead to, each by the host that it goes by. */
  readonly links?: readonly Link[];
};

type Link = Extract<Grant, { service: "component" }>;

/** What the platform says of its own requests, and what makes another protocol of HTTP. */
const DROPPED = /^(?:cf-|mf-|x-forwarded-|x-real-ip$|upgrade$|connection$)/;

export class Gateway extends WorkerEntrypoint<Env, GatewayProps> {
  override async fetch(request: Request): Promise<Response> {
    const { network, links = [] } = this.ctx.props;
    const link = links.find(({ host }) => host === new URL(request.url).hostname);
    if (link !== undefined) return this.#visit(request, link);
    const refusal = request.headers.has("upgrade")
      ? "A guest's requests can't be upgraded to another protocol."
      : network === null
        ? "The module's limits give it no network."
        : refusalOf(network, new URL(request.url));
    const count = new Count();
    if (refusal !== null) {
      this.#tell({ ...NO_TRAFFIC, refused: 1 });
      return new Response(`${refusal}\n`, { status: 403 });
    }
    const headers = new Headers([...request.headers].filter(([name]) => !DROPPED.test(name)));
    // Bytes are counted as they travel.
    headers.set("accept-encoding", "identity");
    let response: Response;
    try {
      response = await fetch(request.url, {
        method: request.method,
        headers,
        body: request.body?.pipeThrough(count.through("sentBytes")) ?? null,
        redirect: "manual",
      });
    } catch (cause) {
      this.#tell({ requests: 1, refused: 0, ...count.bytes });
      const why = cause instanceof Error ? cause.message : String(cause);
      return new Response(`${new URL(request.url).host} could not be reached: ${why}\n`, {
        status: 502,
      });
    }
    const tell = (): void => this.#tell({ requests: 1, refused: 0, ...count.bytes });
    if (response.body === null) {
      tell();
      return response;
    }
    const counting = count.through("receivedBytes");
    this.ctx.waitUntil(response.body.pipeTo(counting.writable).then(tell, tell));
    return new Response(counting.readable, response);
  }

  /** It stays inside: an instance of the linked component answers. */
  async #visit(request: Request, { lattice, component }: Link): Promise<Response> {
    try {
      return await visit(this.env, {
        app: componentKey(lattice, component),
        stickyKey: null,
        request: await guestRequest(request, { prefix: "", isOwnAuthorization: true }),
        gone: request.signal,
      });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return new Response(`${component} could not answer: ${thrown.message}\n`, { status: 502 });
    }
  }

  #tell(traffic: Traffic): void {
    const { nodeId, moduleId } = this.ctx.props;
    this.ctx.waitUntil(runnerOf(this.env, nodeId).countTraffic(moduleId, traffic));
  }
}

class Count {
  readonly bytes = { sentBytes: 0, receivedBytes: 0 };

  through(direction: keyof Count["bytes"]): TransformStream<Uint8Array, Uint8Array> {
    const { bytes } = this;
    return new TransformStream({
      transform(piece: Uint8Array, controller) {
        bytes[direction] += piece.length;
        controller.enqueue(piece);
      },
    });
  }
}
