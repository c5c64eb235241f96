// `npm run fuzz`: requests that are made from the program's own OpenAPI document (valid, nearly valid, hostile), and
// frames to its sockets and requests over NATS. No answer may be undocumented, out of its schema or late. `--requests N`,
// `--seconds S`, `--seed S`, `--only PREFIX` (of `GET /tasks/{id}`), `--sockets N`. PORT moves it. Ends with 1 when
// anything was found.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "./chaos/random.ts";
import { Client } from "./client.ts";
import { Fuzzer } from "./fuzz/fuzzer.ts";
import { Schemas, operationsOf } from "./fuzz/operations.ts";
import type { OpenApiDocument } from "./fuzz/operations.ts";
import { requestOverNats } from "./fuzz/nats.ts";
import { report } from "./fuzz/report.ts";
import { Receiver } from "./fuzz/receiver.ts";
import { framesFor, trySocket } from "./fuzz/sockets.ts";
import type { Socket, SocketFault } from "./fuzz/sockets.ts";
import { tour } from "./fuzz/tour.ts";
import { LOCAL_ADMIN, bundle, startOrchestrator } from "./orchestrator.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "3000" },
    seconds: { type: "string", default: "900" },
    sockets: { type: "string", default: "200" },
    seed: { type: "string" },
    only: { type: "string", default: "" },
  },
});
const [requests, seconds, sockets] = [values.requests, values.seconds, values.sockets].map(Number);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (
  ![requests, seconds, sockets, seed].every(
    (number) => Number.isInteger(number) && Number(number) >= 0,
  )
) {
  console.error(
    "Usage: npm run fuzz -- [--requests N] [--seconds S] [--sockets N] [--seed S] [--only PREFIX]",
  );
  process.exit(2);
}

/** What a token of an agent is for. */
const NODE = "workerd-eu-west-2";

const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-fuzz-"));
if (!process.env["EDGELOOM_BUNDLED"]) bundle();
const receiver = await Receiver.open();
const orchestrator = await startOrchestrator({
  port: Number(process.env["PORT"] ?? 18_290),
  stateDirectory,
  quiet: true,
  variables: { RATE_LIMIT_SCALE: "1000000", WEBHOOK_ALLOWED_HOSTS: receiver.origin },
});
let status = 1;
try {
  status = await fuzz(orchestrator.url);
} finally {
  await orchestrator.stop();
  receiver.close();
  rmSync(stateDirectory, { recursive: true, force: true });
}
process.exit(status);

async function fuzz(url: string): Promise<number> {
  const began = Date.now();
  const until = began + Number(seconds) * 1000;
  const client = new Client(url);
  await client.login(LOCAL_ADMIN);
  const document = await client.send<OpenApiDocument>("GET", "/openapi.json");
  const all = operationsOf(document);
  const [first, ...rest] = all.filter(({ name }) => name.startsWith(values.only));
  if (first === undefined) {
    console.error(
      `No operation begins with ${values.only}; there are:\n${all.map(({ name }) => name).join("\n")}`,
    );
    return 2;
  }
  const viewer = { username: "fuzz-viewer@example.com", password: "Viewer-123-long!" };
  await client.send("POST", "/api/v1/authentication/users", { ...viewer, role: "Viewer" });
  const { data: users } = await client.send<{ data: { id: string }[] }>("GET", "/users");
  const admin = await tokenOf(url, LOCAL_ADMIN);
  const fuzzer = new Fuzzer({
    url,
    client,
    operations: [first, ...rest],
    schemas: new Schemas(document),
    seed,
    tokens: { admin, viewer: await tokenOf(url, viewer) },
    untouchable: [...users.map(({ id }) => id), LOCAL_ADMIN.username, viewer.username],
  });
  await fuzzer.restock();
  const { token: node } = await client.send<{ token: string }>("POST", "/api/v1/security/tokens", {
    node_id: NODE,
  });
  const tried = await trySockets(url, { admin, node }, until);
  for (const operation of tried.opened) fuzzer.tally.reached.add(operation);
  await tour(fuzzer, { operations: all, admin, gone: `${receiver.origin}/gone`, until });
  await fuzzer.run(Number(requests), until);
  const nats = await requestOverNats(`${url.replace("http", "ws")}/nats`, {
    token: admin,
    count: Math.ceil(Number(requests) / 10),
    until,
    seed,
  });
  const { tally } = fuzzer;
  const faults = [...tried.faults, ...nats.faults];
  report({
    tally,
    operations: [first, ...rest],
    sockets: { tried: tried.tried, asked: nats.asked, faults },
    seconds: Math.round((Date.now() - began) / 1000),
    seed,
  });
  return tally.found.size + faults.length === 0 ? 0 : 1;
}

async function tokenOf(url: string, user: { username: string; password: string }): Promise<string> {
  const answer = await new Client(url).send<{ token: string }>(
    "POST",
    "/api/v1/authentication/login",
    user,
  );
  return answer.token;
}

/** Each stream that the document names, with a token and without, and NATS. */
async function trySockets(
  url: string,
  tokens: { admin: string; node: string },
  until: number,
): Promise<{ tried: number; opened: Set<string>; faults: SocketFault[] }> {
  const origin = url.replace("http", "ws");
  const token = tokens.admin;
  const nats: Socket = { name: "NATS", address: `${origin}/nats`, operation: null };
  const streams = [
    ["/api/v1/events/stream", "/api/v1/events/stream", ""],
    ["/api/v1/apps/{app}/logs/stream", "/api/v1/apps/shop/logs/stream", ""],
    ["/api/v1/apps/{app}/metrics/stream", "/api/v1/apps/shop/metrics/stream", ""],
    ["/api/v1/apps/{app_name}/logs", "/api/v1/apps/shop/logs", "follow=true"],
    ["/ws", "/ws", "events=task,batch,system"],
  ].flatMap(([operation = "", path = "", query = ""]): Socket[] => [
    {
      name: operation,
      address: `${origin}${path}?token=${token}&${query}`,
      operation: `GET ${operation}`,
    },
    { name: `${operation}, no token`, address: `${origin}${path}?${query}`, operation: null },
  ]);
  const agent: Socket = {
    name: "an agent's",
    address: `${origin}/api/v1/nodes/${NODE}/attach`,
    operation: "GET /api/v1/nodes/{nodeId}/attach",
    token: tokens.node,
  };
  const addresses: readonly [Socket, ...Socket[]] = [nats, ...streams, agent];
  const random = new Random(seed);
  const faults: SocketFault[] = [];
  const opened = new Set<string>();
  let tried = 0;
  for (; tried < Number(sockets) && Date.now() < until; tried += 1) {
    // Each once, before chance has its way.
    const socket = addresses[tried] ?? random.pick(addresses);
    const frames = framesFor(socket, random.between(0, 2 ** 31));
    const { isOpen, fault } = await trySocket({ socket, frames }, `${url}/health`);
    if (isOpen && socket.operation !== null) opened.add(socket.operation);
    if (fault !== null) faults.push(fault);
  }
  return { tried, opened, faults };
}
