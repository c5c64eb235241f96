// The `extism` convention: the guest gets at its input, output and blocks of memory through functions of
// `extism:host/env`. There is no network, and there are no variables beyond a call.
import { jsonOf } from "./command.ts";
import { exported } from "./exported.ts";
import type { Invocation } from "./invocation.ts";
import type { Sink } from "./stdio.ts";

export const EXTISM_MODULE = "extism:host/env";
/** What a guest's blocks may take together, and how many there may be. */
const BLOCK_BYTES_MAX = 16 * 1024 * 1024;
/** Over a whole call, given back or not: the host clears each block, which is work that no gas pays by its size. */
const ALLOCATED_BYTES_MAX = 4 * BLOCK_BYTES_MAX;
const BLOCKS_MAX = 4_096;
/** The distance between blocks in the guest's view of them: an address tells its block. */
const STRIDE = 2 ** 32;

export class ExtismHost {
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #variables = new Map<string, Uint8Array>();
  readonly #config: Readonly<Record<string, string>>;
  readonly #input: Uint8Array;
  readonly #log: Sink;
  readonly #stop: (reason: Error) => never;
  #bytes = 0;
  #allocated = 0;
  #next = 1;
  output = "";
  error: string | null = null;

  /** `stop` ends the guest for good: it can catch what a host function throws. */
  constructor(
    input: string,
    host: {
      readonly config: Readonly<Record<string, string>>;
      readonly log: Sink;
      readonly stop: (reason: Error) => never;
    },
  ) {
    this.#input = new TextEncoder().encode(input);
    this.#config = host.config;
    this.#log = host.log;
    this.#stop = host.stop;
  }

  imports(): WebAssembly.ModuleImports {
    const log = (at: bigint) => {
      this.#log.write(this.#block(at));
      this.#log.write(new Uint8Array([10]));
    };
    return {
      ...this.#memory(),
      input_length: () => BigInt(this.#input.length),
      input_offset: () => this.#put(this.#input),
      input_load_u8: (at: bigint) => viewOf(this.#inputAt(at, 1)).getUint8(0),
      input_load_u64: (at: bigint) => viewOf(this.#inputAt(at, 8)).getBigInt64(0, true),
      output_set: (at: bigint, length: bigint) => {
        this.output = textOf(this.#range(at, Number(length)));
      },
      error_set: (at: bigint) => {
        this.error = at === 0n ? null : textOf(this.#block(at));
      },
      config_get: (at: bigint) => {
        const name = textOf(this.#block(at));
        const value = Object.hasOwn(this.#config, name) ? this.#config[name] : undefined;
        return value === undefined ? 0n : this.#put(new TextEncoder().encode(value));
      },
      var_get: (at: bigint) => {
        const value = this.#variables.get(textOf(this.#block(at)));
        return value === undefined ? 0n : this.#put(value);
      },
      var_set: (at: bigint, value: bigint) => this.#setVariable(at, value),
      http_request: () => {
        this.#stop(new Error("http_request is refused: this guest has no network."));
      },
      http_status_code: () => 0,
      http_headers: () => 0n,
      log_trace: log,
      log_debug: log,
      log_info: log,
      log_warn: log,
      log_error: log,
      get_log_level: () => 2,
    };
  }

  #memory(): WebAssembly.ModuleImports {
    return {
      alloc: (length: bigint) => this.#allocate(Number(BigInt.asUintN(64, length))),
      free: (at: bigint) => {
        const key = Math.floor(Number(at) / STRIDE);
        this.#bytes -= this.#blocks.get(key)?.length ?? 0;
        this.#blocks.delete(key);
      },
      length: (at: bigint) => BigInt(this.#find(at)?.block.length ?? 0),
      length_unsafe: (at: bigint) => BigInt(this.#find(at)?.block.length ?? 0),
      load_u8: (at: bigint) => viewOf(this.#range(at, 1)).getUint8(0),
      load_u64: (at: bigint) => viewOf(this.#range(at, 8)).getBigInt64(0, true),
      store_u8: (at: bigint, value: number) => viewOf(this.#range(at, 1)).setUint8(0, value),
      store_u64: (at: bigint, value: bigint) =>
        viewOf(this.#range(at, 8)).setBigInt64(0, value, true),
    };
  }

  #setVariable(at: bigint, value: bigint): void {
    const name = textOf(this.#block(at));
    this.#bytes -= this.#variables.get(name)?.length ?? 0;
    this.#variables.delete(name);
    if (value === 0n) return;
    const bytes = this.#block(value).slice();
    if (this.#variables.size >= BLOCKS_MAX)
      this.#stop(new RangeError(`A guest has at most ${BLOCKS_MAX} variables.`));
    this.#take(bytes.length);
    this.#variables.set(name, bytes);
  }

  #put(bytes: Uint8Array): bigint {
    const at = this.#allocate(bytes.length);
    this.#block(at).set(bytes);
    return at;
  }

  #allocate(length: number): bigint {
    if (length === 0) return 0n;
    if (this.#blocks.size >= BLOCKS_MAX) {
      this.#stop(new RangeError(`A guest has at most ${BLOCKS_MAX} blocks.`));
    }
    this.#take(length);
    const key = this.#next;
    this.#next += 1;
    this.#blocks.set(key, new Uint8Array(length));
    return BigInt(key) * BigInt(STRIDE);
  }

  #take(length: number): void {
    if (this.#bytes + length > BLOCK_BYTES_MAX) {
      this.#stop(
        new RangeError(`A guest's blocks have at most ${BLOCK_BYTES_MAX} bytes together.`),
      );
    }
    this.#allocated += length;
    if (this.#allocated > ALLOCATED_BYTES_MAX) {
      const most = `A guest allocates at most ${ALLOCATED_BYTES_MAX} bytes in a call`;
      this.#stop(new RangeError(`${most}, given back or not.`));
    }
    this.#bytes += length;
  }

  #inputAt(at: bigint, length: number): Uint8Array {
    const start = Number(BigInt.asUintN(64, at));
    if (start + length <= this.#input.length) return this.#input.subarray(start, start + length);
    return this.#stop(new RangeError(`${at} with ${length} bytes lies outside of the input.`));
  }

  #block(at: bigint): Uint8Array {
    return this.#find(at)?.block ?? new Uint8Array(0);
  }

  #range(at: bigint, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const found = this.#find(at);
    if (found === null || length < 0 || found.offset + length > found.block.length) {
      return this.#stop(new RangeError(`${at} with ${length} bytes lies in no block.`));
    }
    return found.block.subarray(found.offset, found.offset + length);
  }

  #find(at: bigint): { block: Uint8Array; offset: number } | null {
    const address = Number(BigInt.asUintN(64, at));
    const block = this.#blocks.get(Math.floor(address / STRIDE));
    return block === undefined ? null : { block, offset: address % STRIDE };
  }
}

export async function callExtism({ instance, fuel, request, extism }: Invocation) {
  if (extism === null) throw new TypeError(`The module does not import ${EXTISM_MODULE}.`);
  const code = await fuel.call(exported(instance, request.function.name));
  if (extism.error !== null || code !== 0) {
    throw new Error(extism.error ?? `${request.function.name} returned ${String(code)}.`);
  }
  return jsonOf(extism.output);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
