// An in-memory file tree. It keeps bytes only where something was written, and refuses with ENOSPC what goes
// past its bounds, so that no single call makes the host work or keep more than the call is paid for.
import { Refusal } from "./errno.ts";

/** What the files of one call may hold together, and how many entries there may be. */
export const TREE_BYTES_MAX = 16 * 1024 * 1024;
export const TREE_ENTRIES_MAX = 4_096;
const FILE_BYTES_MAX = 1024 * 1024 * 1024;
const NAME_BYTES_MAX = 255;
const BLOCK_BYTES = 4_096;

export type Node = Directory | RegularFile | Link;

class Timed {
  accessedAt: bigint;
  modifiedAt: bigint;
  changedAt: bigint;
  readonly inode: bigint;
  names = 1n;

  constructor(inode: bigint, now: bigint) {
    this.inode = inode;
    this.accessedAt = now;
    this.modifiedAt = now;
    this.changedAt = now;
  }
}

export class Directory extends Timed {
  readonly kind = "directory";
  readonly entries = new Map<string, Node>();
  parent: Directory | null = null;
}

export class Link extends Timed {
  readonly kind = "link";

  readonly target: string;

  constructor(inode: bigint, now: bigint, target: string) {
    super(inode, now);
    this.target = target;
  }
}

export class RegularFile extends Timed {
  readonly kind = "file";
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #tree: Tree;
  size = 0;

  constructor(inode: bigint, now: bigint, tree: Tree) {
    super(inode, now);
    this.#tree = tree;
  }

  read(at: number, into: Uint8Array): number {
    const length = Math.max(0, Math.min(into.length, this.size - at));
    for (let done = 0; done < length;) {
      const [index, offset] = [Math.floor((at + done) / BLOCK_BYTES), (at + done) % BLOCK_BYTES];
      const step = Math.min(BLOCK_BYTES - offset, length - done);
      const block = this.#blocks.get(index);
      if (block === undefined) into.fill(0, done, done + step);
      else into.set(block.subarray(offset, offset + step), done);
      done += step;
    }
    return length;
  }

  write(at: number, from: Uint8Array): number {
    if (from.length === 0) return 0;
    if (at + from.length > FILE_BYTES_MAX) throw new Refusal("fbig");
    for (let done = 0; done < from.length;) {
      const [index, offset] = [Math.floor((at + done) / BLOCK_BYTES), (at + done) % BLOCK_BYTES];
      const step = Math.min(BLOCK_BYTES - offset, from.length - done);
      this.#block(index).set(from.subarray(done, done + step), offset);
      done += step;
      this.size = Math.max(this.size, at + done);
    }
    return from.length;
  }

  resize(size: number): void {
    if (size > FILE_BYTES_MAX) throw new Refusal("fbig");
    if (size < this.size) this.#cut(size);
    this.size = size;
  }

  #block(index: number): Uint8Array {
    const known = this.#blocks.get(index);
    if (known !== undefined) return known;
    this.#tree.take(BLOCK_BYTES);
    const block = new Uint8Array(BLOCK_BYTES);
    this.#blocks.set(index, block);
    return block;
  }

  /** Goes through the blocks that there are or through those that end, whichever are fewer. */
  #cut(size: number): void {
    const first = Math.ceil(size / BLOCK_BYTES);
    const end = Math.ceil(this.size / BLOCK_BYTES);
    const drop = (index: number) => {
      if (this.#blocks.delete(index)) this.#tree.take(-BLOCK_BYTES);
    };
    if (end - first <= this.#blocks.size)
      for (let index = first; index < end; index += 1) drop(index);
    else for (const index of this.#blocks.keys()) if (index >= first) drop(index);
    this.#blocks.get(first - 1)?.fill(0, size - (first - 1) * BLOCK_BYTES);
  }
}

export class Tree {
  readonly #now: () => bigint;
  #bytes = 0;
  #entries = 0;
  #inodes = 0n;

  constructor(now: () => bigint) {
    this.#now = now;
  }

  take(bytes: number): void {
    if (this.#bytes + bytes > TREE_BYTES_MAX) throw new Refusal("nospc");
    this.#bytes += bytes;
  }

  directory(): Directory {
    return new Directory(this.#inode(), this.#now());
  }

  file(): RegularFile {
    return new RegularFile(this.#inode(), this.#now(), this);
  }

  link(target: string): Link {
    return new Link(this.#inode(), this.#now(), target);
  }

  /** Puts a node under a name that is free. */
  add(parent: Directory, name: string, node: Node): void {
    if (new TextEncoder().encode(name).length > NAME_BYTES_MAX) throw new Refusal("nametoolong");
    if (parent.names === 0n) throw new Refusal("noent");
    if (this.#entries >= TREE_ENTRIES_MAX) throw new Refusal("nospc");
    this.#entries += 1;
    parent.entries.set(name, node);
    if (node.kind === "directory") node.parent = parent;
    this.#touch(parent);
  }

  /** Takes a name away. */
  remove(parent: Directory, name: string, node: Node): void {
    parent.entries.delete(name);
    this.#entries -= 1;
    this.#touch(parent);
    node.names -= 1n;
  }

  /** Called once nobody can reach a file any more. */
  release(node: Node, isOpen: boolean): void {
    if (node.kind === "file" && node.names === 0n && !isOpen) node.resize(0);
  }

  #touch(parent: Directory): void {
    parent.modifiedAt = this.#now();
    parent.changedAt = parent.modifiedAt;
  }

  #inode(): bigint {
    this.#inodes += 1n;
    return this.#inodes;
  }
}
