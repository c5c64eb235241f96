// What was seen, for a person: what was reached, and each thing that was found with a request that shows it.
import type { Drawn } from "./request.ts";
import type { Tally } from "./fuzzer.ts";
import type { SocketFault } from "./sockets.ts";

export type Seen = {
  readonly tally: Tally;
  readonly operations: readonly { readonly name: string }[];
  readonly sockets: {
    readonly tried: number;
    readonly asked: number;
    readonly faults: readonly SocketFault[];
  };
  readonly seconds: number;
  readonly seed: number;
};

export function report({ tally, operations, sockets, seconds, seed }: Seen): void {
  const statuses = [...tally.statuses].sort(([a], [b]) => a - b);
  console.log(
    `${tally.sent} requests in ${seconds} s, seed ${seed}; slowest ${tally.slowestMs} ms`,
  );
  console.log(
    `  statuses: ${statuses.map(([status, count]) => `${status} × ${count}`).join(", ")}`,
  );
  const missed = operations.filter(({ name }) => !tally.reached.has(name));
  console.log(
    `  operations that succeeded at least once: ${operations.length - missed.length} of ${operations.length}`,
  );
  if (missed.length > 0) console.log(`  never: ${missed.map(({ name }) => name).join("; ")}`);
  console.log(`  sockets: ${sockets.tried} tried; requests over NATS: ${sockets.asked}`);
  const found = [...tally.found.values()].sort((a, b) => a.operation.localeCompare(b.operation));
  console.log(`  found: ${found.length + sockets.faults.length}`);
  for (const { operation, fault, request, answer, count } of found) {
    console.log(`\n${operation} (${request.intent}, ${count} ×): ${fault}`);
    console.log(`  ${curlOf(request)}`);
    if (answer !== "") console.log(`  ${answer.slice(0, 400)}`);
  }
  for (const { socket, fault } of sockets.faults) console.log(`\n${socket}: ${fault}`);
}

function curlOf({ method, path, headers, body }: Drawn): string {
  const given = Object.entries(headers).map(
    ([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`,
  );
  const data = body === null ? "" : ` --data-binary ${quoted(textOf(body))}`;
  return `curl -X ${method} ${quoted(`$URL${path.slice(0, 500)}`)}${given.join("")}${data}`;
}

function textOf(body: string | Uint8Array): string {
  const text =
    typeof body === "string"
      ? body
      : `(${body.length} bytes) ${Buffer.from(body.subarray(0, 40)).toString("hex")}`;
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length})` : text;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
