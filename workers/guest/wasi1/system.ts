// Arguments, environment, clocks, randomness, process and sockets. There are no sockets: a descriptor is never
// one, and signals end nothing here.
import { Refusal } from "./errno.ts";
import type { World } from "./world.ts";

/** More would make the host work longer than the call is paid for. */
const RANDOM_BYTES_MAX = 65_536;
const CLOCK_RESOLUTION_NS = 1_000_000n;

export function systemFunctions(world: World) {
  const { memory, machine, descriptors } = world;
  const clock = (id: number): bigint => {
    if (id >>> 0 === 0) return machine.realtime();
    if (id >>> 0 <= 3) return machine.monotonic();
    throw new Refusal("inval");
  };
  const noSocket = (fd: number) => {
    descriptors.get(fd);
    throw new Refusal("notsock");
  };
  return {
    args_get: (list: number, text: number) => writeStrings(world, world.args, [list, text]),
    args_sizes_get: (count: number, size: number) => writeSizes(world, world.args, [count, size]),
    environ_get: (list: number, text: number) =>
      writeStrings(world, world.environment, [list, text]),
    environ_sizes_get: (count: number, size: number) =>
      writeSizes(world, world.environment, [count, size]),
    clock_res_get: (id: number, at: number) => {
      clock(id);
      memory.setU64(at, CLOCK_RESOLUTION_NS);
    },
    clock_time_get: (id: number, _precision: bigint, at: number) => memory.setU64(at, clock(id)),
    random_get: (at: number, length: number) => {
      const into = memory.bytes(at, length);
      if (into.length > RANDOM_BYTES_MAX) throw new Refusal("inval");
      machine.random(into);
    },
    proc_exit: (code: number) => world.exit(code >>> 0),
    proc_raise: (_signal: number) => {
      throw new Refusal("notsup");
    },
    sched_yield: () => undefined,
    sock_accept: (fd: number, _flags: number, _at: number) => noSocket(fd),
    sock_recv: (fd: number) => noSocket(fd),
    sock_send: (fd: number) => noSocket(fd),
    sock_shutdown: (fd: number, _how: number) => noSocket(fd),
  };
}

function writeSizes(
  { memory }: World,
  strings: readonly Uint8Array[],
  at: readonly [number, number],
) {
  memory.setU32(at[0], strings.length);
  memory.setU32(
    at[1],
    strings.reduce((sum, { length }) => sum + length, 0),
  );
}

function writeStrings(
  { memory }: World,
  strings: readonly Uint8Array[],
  at: readonly [number, number],
) {
  const list = memory.view(at[0], strings.length * 4);
  let next = at[1] >>> 0;
  for (const [index, bytes] of strings.entries()) {
    memory.bytes(next, bytes.length).set(bytes);
    list.setUint32(index * 4, next, true);
    next += bytes.length;
  }
}
