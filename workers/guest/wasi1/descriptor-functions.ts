// The fd_* functions. A read or write moves a bounded number of bytes and says how many: programs ask again.
import { Sink, Stdin } from "#guest/stdio.ts";
import { RIGHT } from "./descriptors.ts";
import type { Descriptor } from "./descriptors.ts";
import { Refusal } from "./errno.ts";
import { setTimes, writeStat } from "./stat.ts";
import type { World } from "./world.ts";

const TRANSFER_BYTES_MAX = 65_536;
const APPEND = 1;
const FLAGS = 0b1_1111;
const DIRENT_BYTES = 24;
const FILETYPE = { stream: 2, directory: 3, file: 4, link: 7 } as const;

export function descriptorFunctions(world: World) {
  const { descriptors } = world;
  return {
    ...transferFunctions(world),
    ...statusFunctions(world),
    fd_advise: (...[fd, offset, length, advice]: [number, bigint, bigint, number]) => {
      descriptors.file(fd, RIGHT.advise);
      if (advice >>> 0 > 5 || offset < 0n || length < 0n) throw new Refusal("inval");
    },
    fd_allocate: (fd: number, offset: bigint, length: bigint) => {
      const { node } = descriptors.file(fd, RIGHT.allocate);
      if (length === 0n) throw new Refusal("inval");
      node.resize(Math.max(node.size, place(offset) + place(length)));
    },
    fd_close: (fd: number) => descriptors.close(fd),
    fd_datasync: (fd: number) => void descriptors.get(fd),
    fd_sync: (fd: number) => void descriptors.get(fd),
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),
    fd_readdir: (...at: [number, number, number, bigint, number]) => readDirectory(world, at),
    fd_prestat_get: (fd: number, at: number) => {
      const path = preopened(world, fd);
      const view = world.memory.view(at, 8);
      view.setUint32(0, 0, true);
      view.setUint32(4, path.length, true);
    },
    fd_prestat_dir_name: (fd: number, at: number, length: number) => {
      const path = preopened(world, fd);
      const into = world.memory.bytes(at, length);
      if (into.length < path.length) throw new Refusal("nametoolong");
      into.set(path);
    },
  };
}

function transferFunctions(world: World) {
  const { descriptors, memory } = world;
  return {
    fd_read: (...[fd, list, count, at]: [number, number, number, number]) => {
      const open = descriptors.get(fd, RIGHT.read);
      if (open.type === "directory") throw new Refusal("isdir");
      let total = 0;
      for (const into of memory.vectors(list, count, TRANSFER_BYTES_MAX)) {
        const read = readSome(open, into);
        total += read;
        if (read < into.length) break;
      }
      memory.setU32(at, total);
    },
    fd_write: (...[fd, list, count, at]: [number, number, number, number]) => {
      const open = descriptors.get(fd, RIGHT.write);
      if (open.type === "directory") throw new Refusal("isdir");
      memory.setU32(at, 0);
      const vectors = memory.vectors(list, count, TRANSFER_BYTES_MAX);
      let total = 0;
      for (const from of vectors) total += writeSome(open, from);
      memory.setU32(at, total);
      if (open.type === "file") open.node.modifiedAt = world.machine.realtime();
    },
    fd_pread: (...[fd, list, count, offset, at]: [number, number, number, bigint, number]) => {
      const { node } = descriptors.file(fd, RIGHT.read | RIGHT.seek);
      let [total, from] = [0, place(offset)];
      for (const into of memory.vectors(list, count, TRANSFER_BYTES_MAX)) {
        const read = node.read(from, into);
        total += read;
        from += read;
      }
      memory.setU32(at, total);
    },
    fd_pwrite: (...[fd, list, count, offset, at]: [number, number, number, bigint, number]) => {
      const { node } = descriptors.file(fd, RIGHT.write | RIGHT.seek);
      let [total, into] = [0, place(offset)];
      for (const from of memory.vectors(list, count, TRANSFER_BYTES_MAX)) {
        const written = node.write(into, from);
        total += written;
        into += written;
      }
      node.modifiedAt = world.machine.realtime();
      memory.setU32(at, total);
    },
    fd_seek: (...[fd, offset, whence, at]: [number, bigint, number, number]) => {
      const open = descriptors.file(fd, RIGHT.seek);
      const base = [0, open.offset, open.node.size][whence >>> 0];
      if (base === undefined) throw new Refusal("inval");
      open.offset = place(BigInt(base) + offset);
      memory.setU64(at, BigInt(open.offset));
    },
    fd_tell: (fd: number, at: number) =>
      memory.setU64(at, BigInt(descriptors.file(fd, RIGHT.tell).offset)),
  };
}

function statusFunctions(world: World) {
  const { descriptors, memory } = world;
  return {
    fd_fdstat_get: (fd: number, at: number) => {
      const open = descriptors.get(fd);
      const view = memory.view(at, 24);
      view.setUint16(0, FILETYPE[open.type], true);
      view.setUint16(2, open.flags, true);
      view.setUint32(4, 0, true);
      view.setBigUint64(8, open.rights, true);
      view.setBigUint64(16, open.inheriting, true);
    },
    fd_fdstat_set_flags: (fd: number, flags: number) => {
      if ((flags & ~FLAGS) !== 0) throw new Refusal("inval");
      descriptors.get(fd, RIGHT.setFlags).flags = flags;
    },
    fd_fdstat_set_rights: (fd: number, rights: bigint, inheriting: bigint) => {
      const open = descriptors.get(fd);
      const [base, rest] = [BigInt.asUintN(64, rights), BigInt.asUintN(64, inheriting)];
      if ((base & ~open.rights) !== 0n || (rest & ~open.inheriting) !== 0n)
        throw new Refusal("notcapable");
      open.rights = base;
      open.inheriting = rest;
    },
    fd_filestat_get: (fd: number, at: number) => {
      const open = descriptors.get(fd, RIGHT.stat);
      writeStat(memory.view(at, 64), open.type === "stream" ? null : open.node);
    },
    fd_filestat_set_size: (fd: number, size: bigint) =>
      descriptors.file(fd, RIGHT.size).node.resize(place(size)),
    fd_filestat_set_times: (
      ...[fd, accessed, modified, flags]: [number, bigint, bigint, number]
    ) => {
      const open = descriptors.get(fd, RIGHT.times);
      if (open.type === "stream") throw new Refusal("notsup");
      setTimes(open.node, { accessed, modified, flags }, world.machine.realtime());
    },
  };
}

function readSome(open: Exclude<Descriptor, { type: "directory" }>, into: Uint8Array): number {
  if (open.type === "file") {
    const read = open.node.read(open.offset, into);
    open.offset += read;
    return read;
  }
  if (open.stream instanceof Stdin) return open.stream.read(into);
  throw new Refusal("badf");
}

function writeSome(open: Exclude<Descriptor, { type: "directory" }>, from: Uint8Array): number {
  if (open.type === "file") {
    if ((open.flags & APPEND) !== 0) open.offset = open.node.size;
    const written = open.node.write(open.offset, from);
    open.offset += written;
    return written;
  }
  if (!(open.stream instanceof Sink)) throw new Refusal("badf");
  open.stream.write(from);
  return from.length;
}

/** Fills the buffer with entries from the cookie on; the last may be cut, which tells that there are more. */
function readDirectory(world: World, at: [number, number, number, bigint, number]): void {
  const [fd, pointer, length, cookie, usedAt] = at;
  const open = world.descriptors.directory(fd, RIGHT.readdir);
  const into = world.memory.bytes(pointer, length);
  if (cookie === 0n) open.listing = listingOf(open.node);
  let used = 0;
  for (let index = place(cookie); index < open.listing.length && used < into.length; index += 1) {
    const [name = "", inode = 0n, type = 0] = open.listing[index] ?? [];
    const text = new TextEncoder().encode(name);
    const entry = new Uint8Array(DIRENT_BYTES + text.length);
    const view = new DataView(entry.buffer);
    view.setBigUint64(0, BigInt(index + 1), true);
    view.setBigUint64(8, inode, true);
    view.setUint32(16, text.length, true);
    view.setUint8(20, type);
    entry.set(text, DIRENT_BYTES);
    const kept = entry.subarray(0, into.length - used);
    into.set(kept, used);
    used += kept.length;
  }
  world.memory.setU32(usedAt, used);
}

function listingOf(node: Extract<Descriptor, { type: "directory" }>["node"]) {
  const listing: (readonly [string, bigint, number])[] = [
    [".", node.inode, FILETYPE.directory],
    ["..", (node.parent ?? node).inode, FILETYPE.directory],
  ];
  for (const [name, entry] of node.entries) listing.push([name, entry.inode, FILETYPE[entry.kind]]);
  return listing;
}

function preopened(world: World, fd: number): Uint8Array {
  const open = world.descriptors.get(fd);
  if (open.type !== "directory" || open.preopen === null) throw new Refusal("badf");
  return new TextEncoder().encode(open.preopen);
}

/** A place in a file: what a number can't hold exactly lies past the end of any. */
function place(value: bigint): number {
  const number = Number(value);
  if (number < 0 || !Number.isSafeInteger(number)) throw new Refusal("inval");
  return number;
}
