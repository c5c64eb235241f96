// The WASI 0.2 that a component is linked with, made anew for each call on preview2-shim: clocks, random, files in
// memory, standard streams. Its requests go where the isolate's do: nowhere, or through its gateway. It refuses
// sockets, and bounds whatever the guest could make it keep.
import { createCli } from "@bytecodealliance/preview2-shim/cli";
import { monotonicClock, wallClock } from "@bytecodealliance/preview2-shim/clocks";
import { error, poll, streams } from "@bytecodealliance/preview2-shim/io";
import { random } from "@bytecodealliance/preview2-shim/random";
import * as sockets from "@bytecodealliance/preview2-shim/sockets";
import { outgoingHandler, types as http } from "edgeloom:http";
import type { Capture } from "./capture.ts";
import type { FileGrant } from "#domain/execution.ts";
import type { HostCalls } from "#domain/link.ts";
import type { CallPort } from "#domain/port.ts";
import { filesystem } from "./files.ts";
import { hostImports } from "./host.ts";

const RANDOM_BYTES_MAX = 65_536n;

export type Grant = {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: FileGrant;
  readonly input: Uint8Array;
  readonly stdout: Capture;
  readonly stderr: Capture;
  /** What its links lead to; null for nothing. */
  readonly host: HostCalls | null;
  /** What they lead to for the length of this call. */
  readonly port: CallPort | null;
  /** Ends the guest: what it throws must reach the caller, whatever the guest catches. */
  readonly exit: (code: number) => never;
};

export type Imports = Readonly<Record<string, unknown>>;

export function wasi(grant: Grant): Imports {
  const { stdout, stderr } = grant;
  const cli = createCli({
    arguments: [...grant.arguments],
    environment: { ...grant.environment },
    initialCwd: "/",
    stdin: source(grant.input),
    stdout,
    stderr,
  });
  const { types, preopens } = filesystem(grant.files);
  const encoder = new TextEncoder();
  const say = (line: string) => stderr.write(encoder.encode(line));
  return {
    ...hostImports(grant.host, { port: grant.port, environment: grant.environment, say }),
    "wasi:cli/environment": cli.environment,
    "wasi:cli/exit": {
      exit: ({ tag }: { tag: string }) => grant.exit(tag === "err" ? 1 : 0),
      exitWithCode: (code: number) => grant.exit(code),
    },
    "wasi:cli/stdin": cli.stdin,
    "wasi:cli/stdout": cli.stdout,
    "wasi:cli/stderr": cli.stderr,
    "wasi:cli/terminal-input": cli.terminalInput,
    "wasi:cli/terminal-output": cli.terminalOutput,
    "wasi:cli/terminal-stdin": cli.terminalStdin,
    "wasi:cli/terminal-stdout": cli.terminalStdout,
    "wasi:cli/terminal-stderr": cli.terminalStderr,
    "wasi:clocks/monotonic-clock": monotonicClock,
    "wasi:clocks/wall-clock": wallClock,
    "wasi:filesystem/preopens": preopens,
    "wasi:filesystem/types": types,
    "wasi:http/types": http,
    "wasi:http/outgoing-handler": outgoingHandler,
    "wasi:io/error": error,
    "wasi:io/poll": poll,
    "wasi:io/streams": streams,
    ...randomness(),
    "wasi:sockets/instance-network": sockets.instanceNetwork,
    "wasi:sockets/ip-name-lookup": sockets.ipNameLookup,
    "wasi:sockets/network": sockets.network,
    "wasi:sockets/tcp": sockets.tcp,
    "wasi:sockets/tcp-create-socket": sockets.tcpCreateSocket,
    "wasi:sockets/udp": sockets.udp,
    "wasi:sockets/udp-create-socket": sockets.udpCreateSocket,
  };
}

function source(input: Uint8Array) {
  let at = 0;
  return {
    blockingRead(length: bigint): Uint8Array {
      // oxlint-disable-next-line typescript/only-throw-error
      if (at >= input.length) throw { tag: "closed" };
      const bytes = input.slice(at, at + Number(length < 65_536n ? length : 65_536n));
      at += bytes.length;
      return bytes;
    },
  };
}

function randomness() {
  const getRandomBytes = (length: bigint): Uint8Array => {
    if (length > RANDOM_BYTES_MAX) {
      throw new RangeError(`get-random-bytes: at most ${RANDOM_BYTES_MAX} bytes at once`);
    }
    return random.getRandomBytes(length);
  };
  const { getRandomU64 } = random;
  const seed: [bigint, bigint] = [getRandomU64(), getRandomU64()];
  return {
    "wasi:random/random": { getRandomBytes, getRandomU64 },
    "wasi:random/insecure": {
      getInsecureRandomBytes: getRandomBytes,
      getInsecureRandomU64: getRandomU64,
    },
    "wasi:random/insecure-seed": { insecureSeed: () => seed },
  };
}
