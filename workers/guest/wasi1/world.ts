// All that one run of a WASI program can see and touch. Clock, randomness and sleep are given, never taken.
import type { FileGrant } from "#domain/execution.ts";
import type { Sink, Stdin } from "#guest/stdio.ts";
import {
  ALL_RIGHTS,
  CHANGING_RIGHTS,
  Descriptors,
  DIRECTORY_RIGHTS,
  RIGHT,
} from "./descriptors.ts";
import type { GuestMemory } from "./memory.ts";
import { Directory, RegularFile, Tree } from "./tree.ts";

export type Machine = {
  /** Nanoseconds since 1970. */
  readonly realtime: () => bigint;
  /** Nanoseconds since any moment. */
  readonly monotonic: () => bigint;
  readonly random: (into: Uint8Array) => void;
  readonly sleep: (ms: number) => Promise<void>;
};

export type Given = {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: FileGrant;
  readonly stdin: Stdin;
  readonly stdout: Sink;
  readonly stderr: Sink;
};

export type World = {
  readonly machine: Machine;
  readonly memory: GuestMemory;
  readonly args: readonly Uint8Array[];
  readonly environment: readonly Uint8Array[];
  readonly tree: Tree;
  readonly descriptors: Descriptors;
  /** Ends the program: it never returns to the guest. */
  readonly exit: (code: number) => never;
};

export function createWorld(given: Given, host: Pick<World, "machine" | "memory" | "exit">): World {
  const tree = new Tree(host.machine.realtime);
  const descriptors = new Descriptors(tree);
  const streams = [
    [given.stdin, RIGHT.read],
    [given.stdout, RIGHT.write],
    [given.stderr, RIGHT.write],
  ] as const;
  for (const [stream, rights] of streams) {
    const all = rights | RIGHT.stat | RIGHT.poll | RIGHT.setFlags;
    descriptors.add({ type: "stream", stream, flags: 0, rights: all, inheriting: 0n });
  }
  preopen(given.files, tree, descriptors);
  return {
    ...host,
    args: given.args.map(terminated),
    environment: Object.entries(given.environment).map(([name, value]) =>
      terminated(`${name}=${value}`),
    ),
    tree,
    descriptors,
  };
}

/** Disabled means that there are no directories at all. A file outside of every directory is not to be seen. */
function preopen(files: FileGrant, tree: Tree, descriptors: Descriptors): void {
  if (files.access === "Disabled") return;
  const denied = files.access === "ReadOnly" ? CHANGING_RIGHTS : 0n;
  const root = tree.directory();
  const roots = files.preopens.map((path) => ({
    path,
    node: directoryAt(tree, root, partsOf(path)),
  }));
  for (const given of files.files) {
    const parts = partsOf(given.path);
    const name = parts.pop();
    if (name === undefined) continue;
    const parent = directoryAt(tree, root, parts);
    const node = tree.file();
    node.write(
      0,
      "text" in given ? new TextEncoder().encode(given.text) : Uint8Array.fromBase64(given.base64),
    );
    tree.add(parent, name, node);
  }
  for (const { path, node } of roots) {
    descriptors.add({
      type: "directory",
      node,
      preopen: path,
      flags: 0,
      rights: DIRECTORY_RIGHTS & ~denied,
      inheriting: ALL_RIGHTS & ~denied,
      listing: [],
    });
  }
}

function directoryAt(tree: Tree, root: Directory, parts: readonly string[]): Directory {
  let at = root;
  for (const part of parts) {
    const known = at.entries.get(part);
    if (known instanceof RegularFile)
      throw new TypeError(`${part} is a file and a directory at once.`);
    if (known instanceof Directory) at = known;
    else {
      const made = tree.directory();
      tree.add(at, part, made);
      at = made;
    }
  }
  return at;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
}

function terminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text.replaceAll("\0", "")}\0`);
}
