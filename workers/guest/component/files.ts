// The file tree of one call, in memory: what the grant names, under its preopened directories. A guest without the
// right to write is told `read-only`; one with it can't keep more than a bound on the isolate's heap.
import type { FileGrant } from "#domain/execution.ts";
import { createFilesystem } from "@bytecodealliance/preview2-shim/filesystem";
import {
  InMemoryFilesystemAdapter,
  UNWRAP_DESCRIPTOR,
} from "@bytecodealliance/preview2-shim/in-memory-filesystem";
import { outputStreamCreate } from "@bytecodealliance/preview2-shim/io";

/** What a guest's writes may add to the tree in one call. */
const GROWTH_BYTES_MAX = 16 * 1024 * 1024;
/** A name takes room too. */
const ENTRY_BYTES = 256;

const MUTATING: ReadonlySet<string | symbol> = new Set([
  "createDirectoryAt",
  "linkAt",
  "removeDirectoryAt",
  "renameAt",
  "setSize",
  "setTimes",
  "setTimesAt",
  "symlinkAt",
  "unlinkFileAt",
  "write",
  "writeViaStream",
  "appendViaStream",
]);

type Entry = { dir?: Record<string, Entry>; source?: Uint8Array };
// The shim's descriptors, whose methods are looked up by the names that jco's output calls.
type Descriptor = Record<string | symbol, (...values: never[]) => unknown>;
type OpenArguments = [never, never, OpenFlags, { write?: boolean }];
type OpenFlags = { create?: boolean; truncate?: boolean; exclusive?: boolean };

export function filesystem(grant: FileGrant) {
  const roots = grant.access === "Disabled" ? {} : trees(grant);
  const memory = new InMemoryFilesystemAdapter();
  const budget = { left: grant.access === "ReadWrite" ? GROWTH_BYTES_MAX : 0 };
  const adapter = {
    getRoot(entry: Entry) {
      // The shim types its descriptor as an interface without index; only its methods are called.
      const root = memory.getRoot(entry) as unknown as Descriptor;
      return bounded(root, grant.access === "ReadWrite", budget) as never;
    },
  };
  return createFilesystem({ adapter, preopens: roots });
}

/** A file lies under the longest preopen that leads to it; one under none is not granted. */
function trees({ preopens, files }: FileGrant): Record<string, Entry> {
  const roots: Record<string, Entry> = Object.create(null);
  for (const path of preopens) roots[path] = { dir: Object.create(null) };
  for (const file of files) {
    const root = preopens
      .filter((path) => path === "/" || file.path.startsWith(`${path}/`))
      .sort((one, other) => other.length - one.length)[0];
    if (root === undefined) continue;
    const steps = file.path
      .slice(root === "/" ? 0 : root.length)
      .split("/")
      .filter(Boolean);
    const name = steps.pop();
    let at = roots[root];
    for (const step of steps) {
      const inside: Record<string, Entry> | undefined = at?.dir;
      if (inside !== undefined) at = inside[step] ??= { dir: Object.create(null) };
    }
    if (name === undefined || at?.dir === undefined) continue;
    at.dir[name] = { source: contentOf(file) };
  }
  return roots;
}

function contentOf(file: FileGrant["files"][number]): Uint8Array {
  return "text" in file ? new TextEncoder().encode(file.text) : Uint8Array.fromBase64(file.base64);
}

/** The descriptor with its rights and the tree's bound held; what it opens is held likewise. */
function bounded(inner: Descriptor, writes: boolean, budget: { left: number }): Descriptor {
  const own = replaced(inner, writes, budget);
  return new Proxy(inner, {
    get(target, name) {
      // By this the shim finds the descriptor behind a proxy, where a call takes two.
      if (name === UNWRAP_DESCRIPTOR) return target;
      if (!writes && MUTATING.has(name)) return readOnly;
      const method = own[name] ?? target[name];
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
}

function replaced(inner: Descriptor, writes: boolean, budget: { left: number }): Descriptor {
  const size = () => {
    const told = inner["stat"]?.() as { size: bigint } | undefined;
    return Number(told?.size ?? 0n);
  };
  const grow = (end: number) => spend(budget, Math.max(0, end - size()));
  const stream = (offset: bigint) => {
    let at = Number(offset);
    const to = inner["writeViaStream"]?.(offset as never) as {
      checkWrite(): bigint;
      write(bytes: Uint8Array): void;
    };
    return {
      write(bytes: Uint8Array) {
        grow(at + bytes.length);
        to.checkWrite();
        to.write(bytes);
        at += bytes.length;
      },
    };
  };
  return {
    openAt(...[pathFlags, path, flags, rights]: OpenArguments) {
      const changes = flags.create === true || flags.truncate === true || rights.write === true;
      if (changes && !writes) readOnly();
      if (flags.create === true) spend(budget, ENTRY_BYTES);
      const opened = inner["openAt"]?.(pathFlags, path, flags as never, rights as never);
      return bounded(opened as Descriptor, writes, budget);
    },
    createDirectoryAt(path: never) {
      spend(budget, ENTRY_BYTES);
      return inner["createDirectoryAt"]?.(path);
    },
    symlinkAt(target: string, path: never) {
      spend(budget, ENTRY_BYTES + target.length);
      return inner["symlinkAt"]?.(target as never, path);
    },
    setSize(length: bigint) {
      grow(Number(length));
      return inner["setSize"]?.(length as never);
    },
    write(bytes: Uint8Array, offset: bigint) {
      stream(offset).write(bytes);
      return BigInt(bytes.length);
    },
    writeViaStream: (offset: bigint) => outputStreamCreate(stream(offset)),
    appendViaStream: () => outputStreamCreate(stream(BigInt(size()))),
  };
}

function spend(budget: { left: number }, bytes: number): void {
  // WIT errors are thrown as values, by jco's convention.
  // oxlint-disable-next-line typescript/only-throw-error
  if (!(bytes <= budget.left)) throw "insufficient-space";
  budget.left -= bytes;
}

function readOnly(): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw "read-only";
}
