// A guest's open descriptors, each with what it may do. The lowest free number is given out first.
import type { Stdin, Sink } from "#guest/stdio.ts";
import { Refusal } from "./errno.ts";
import type { Directory, RegularFile, Tree } from "./tree.ts";

const DESCRIPTORS_MAX = 256;

export const RIGHT = {
  read: 1n << 1n,
  seek: 1n << 2n,
  setFlags: 1n << 3n,
  sync: (1n << 4n) | 1n,
  tell: 1n << 5n,
  write: 1n << 6n,
  advise: 1n << 7n,
  allocate: 1n << 8n,
  createDirectory: 1n << 9n,
  createFile: 1n << 10n,
  linkSource: 1n << 11n,
  linkTarget: 1n << 12n,
  open: 1n << 13n,
  readdir: 1n << 14n,
  readlink: 1n << 15n,
  renameSource: 1n << 16n,
  renameTarget: 1n << 17n,
  pathStat: 1n << 18n,
  pathSize: 1n << 19n,
  pathTimes: 1n << 20n,
  stat: 1n << 21n,
  size: 1n << 22n,
  times: 1n << 23n,
  symlink: 1n << 24n,
  removeDirectory: 1n << 25n,
  unlink: 1n << 26n,
  poll: 1n << 27n,
} as const;

export const ALL_RIGHTS = (1n << 28n) - 1n;
export const DIRECTORY_RIGHTS =
  ALL_RIGHTS &
  ~(
    RIGHT.read |
    RIGHT.seek |
    RIGHT.tell |
    RIGHT.write |
    RIGHT.advise |
    RIGHT.allocate |
    RIGHT.size
  );
/** What changes anything: a read-only tree is opened without these. */
export const CHANGING_RIGHTS =
  RIGHT.write |
  RIGHT.allocate |
  RIGHT.createDirectory |
  RIGHT.createFile |
  RIGHT.linkSource |
  RIGHT.linkTarget |
  RIGHT.renameSource |
  RIGHT.renameTarget |
  RIGHT.pathSize |
  RIGHT.pathTimes |
  RIGHT.size |
  RIGHT.times |
  RIGHT.symlink |
  RIGHT.removeDirectory |
  RIGHT.unlink;
type Common = { flags: number; rights: bigint; inheriting: bigint };
export type OpenFile = Common & {
  readonly type: "file";
  readonly node: RegularFile;
  offset: number;
};
export type OpenDirectory = Common & {
  readonly type: "directory";
  readonly node: Directory;
  /** The path of a preopened directory; null for one that the guest opened. */
  readonly preopen: string | null;
  /** What fd_readdir reads from: taken when it begins at the start. */
  listing: readonly (readonly [string, bigint, number])[];
};
export type OpenStream = Common & { readonly type: "stream"; readonly stream: Stdin | Sink };
export type Descriptor = OpenFile | OpenDirectory | OpenStream;

export class Descriptors {
  readonly #open = new Map<number, Descriptor>();
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  add(descriptor: Descriptor): number {
    if (this.#open.size >= DESCRIPTORS_MAX) throw new Refusal("mfile");
    let number = 0;
    while (this.#open.has(number)) number += 1;
    this.#open.set(number, descriptor);
    return number;
  }

  get(number: number, rights = 0n): Descriptor {
    const descriptor = this.#open.get(number >>> 0);
    if (descriptor === undefined) throw new Refusal("badf");
    if ((descriptor.rights & rights) !== rights) throw new Refusal("notcapable");
    return descriptor;
  }

  file(number: number, rights = 0n): OpenFile {
    const descriptor = this.get(number);
    if (descriptor.type === "directory") throw new Refusal("isdir");
    if (descriptor.type === "stream") throw new Refusal("spipe");
    this.get(number, rights);
    return descriptor;
  }

  directory(number: number, rights = 0n): OpenDirectory {
    const descriptor = this.get(number);
    if (descriptor.type !== "directory") throw new Refusal("notdir");
    this.get(number, rights);
    return descriptor;
  }

  close(number: number): void {
    const descriptor = this.get(number);
    this.#open.delete(number >>> 0);
    if (descriptor.type === "file")
      this.#tree.release(descriptor.node, this.isOpen(descriptor.node));
  }

  /** Moves a descriptor over another open one, which is closed. */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    this.get(to);
    if (from >>> 0 === to >>> 0) return;
    this.close(to);
    this.#open.delete(from >>> 0);
    this.#open.set(to >>> 0, moved);
  }

  isOpen(node: RegularFile): boolean {
    return [...this.#open.values()].some((open) => open.type === "file" && open.node === node);
  }
}
