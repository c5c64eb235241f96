// The interfaces of WASI 0.2, and those beside it, that a component may import. Those of the network are there and refuse;
// what a link has to lead to answers that none does.

/** A name without the version of it that is offered: of WASI 0.2, of its drafts, and of wasmCloud's own. */
export function unversioned(name: string): string {
  return name.replace(/@0\.(?:2\.(?:\d+|0-draft)|1\.0-draft)$/, "");
}

/** `acme:geo/area@1.2.3#of` by `acme:geo/area#of`. */
export function withoutVersion(name: string): string {
  return name.replace(/@[^#]*/, "");
}

export const WASI_INTERFACES: ReadonlySet<string> = new Set([
  "wasi:blobstore/blobstore",
  "wasi:blobstore/container",
  "wasi:blobstore/types",
  "wasi:cli/environment",
  "wasi:cli/exit",
  "wasi:cli/stderr",
  "wasi:cli/stdin",
  "wasi:cli/stdout",
  "wasi:cli/terminal-input",
  "wasi:cli/terminal-output",
  "wasi:cli/terminal-stderr",
  "wasi:cli/terminal-stdin",
  "wasi:cli/terminal-stdout",
  "wasi:clocks/monotonic-clock",
  "wasi:clocks/wall-clock",
  "wasi:config/runtime",
  "wasi:config/store",
  "wasi:filesystem/preopens",
  "wasi:filesystem/types",
  "wasi:http/outgoing-handler",
  "wasi:http/types",
  "wasi:io/error",
  "wasi:io/poll",
  "wasi:io/streams",
  "wasi:keyvalue/atomics",
  "wasi:keyvalue/batch",
  "wasi:keyvalue/store",
  "wasi:logging/logging",
  "wasi:random/insecure",
  "wasi:random/insecure-seed",
  "wasi:random/random",
  "wasi:sockets/instance-network",
  "wasi:sockets/ip-name-lookup",
  "wasi:sockets/network",
  "wasi:sockets/tcp",
  "wasi:sockets/tcp-create-socket",
  "wasi:sockets/udp",
  "wasi:sockets/udp-create-socket",
  "wasmcloud:messaging/consumer",
  "wasmcloud:messaging/types",
  "wasmcloud:secrets/reveal",
  "wasmcloud:secrets/store",
]);
