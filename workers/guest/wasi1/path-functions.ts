// The path_* functions: every path starts at an open directory and stays below it.
import { RIGHT } from "./descriptors.ts";
import type { OpenDirectory } from "./descriptors.ts";
import { Refusal } from "./errno.ts";
import { found, resolve } from "./resolve.ts";
import type { Place } from "./resolve.ts";
import { setTimes, writeStat } from "./stat.ts";
import type { Directory, Node } from "./tree.ts";
import type { World } from "./world.ts";

const FOLLOW = 1;
const OPEN = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;

export function pathFunctions(world: World) {
  const { memory, descriptors, tree } = world;
  const at = (
    fd: number,
    right: bigint,
    path: { pointer: number; length: number; follow?: number },
  ) => {
    const { node } = descriptors.directory(fd, right);
    return resolve(
      node,
      memory.text(path.pointer, path.length),
      ((path.follow ?? 0) & FOLLOW) !== 0,
    );
  };
  return {
    ...movingFunctions(world, at),
    path_open: (...given: OpenArguments) => openPath(world, given),
    path_create_directory: (fd: number, pointer: number, length: number) => {
      const place = at(fd, RIGHT.createDirectory, { pointer, length });
      tree.add(place.parent, free(place), tree.directory());
    },
    path_remove_directory: (fd: number, pointer: number, length: number) => {
      const place = at(fd, RIGHT.removeDirectory, { pointer, length });
      const node = found(place);
      if (node.kind !== "directory") throw new Refusal("notdir");
      if (place.name === "") throw new Refusal("inval");
      if (node.entries.size > 0) throw new Refusal("notempty");
      tree.remove(place.parent, place.name, node);
    },
    path_unlink_file: (fd: number, pointer: number, length: number) => {
      const place = at(fd, RIGHT.unlink, { pointer, length });
      const node = found(place);
      if (node.kind === "directory") throw new Refusal("isdir");
      if (place.mustBeDirectory) throw new Refusal("notdir");
      unlink(world, place, node);
    },
    path_filestat_get: (...[fd, follow, pointer, length, into]: Five) => {
      const node = found(at(fd, RIGHT.pathStat, { pointer, length, follow }));
      writeStat(memory.view(into, 64), node);
    },
    path_filestat_set_times: (
      ...[fd, follow, pointer, length, accessed, modified, flags]: [
        number,
        number,
        number,
        number,
        bigint,
        bigint,
        number,
      ]
    ) => {
      const node = found(at(fd, RIGHT.pathTimes, { pointer, length, follow }));
      setTimes(node, { accessed, modified, flags }, world.machine.realtime());
    },
    path_readlink: (...[fd, pointer, length, into, room, usedAt]: Six) => {
      const node = found(at(fd, RIGHT.readlink, { pointer, length }));
      if (node.kind !== "link") throw new Refusal("inval");
      const target = new TextEncoder().encode(node.target);
      const bytes = memory.bytes(into, room);
      const kept = target.subarray(0, bytes.length);
      bytes.set(kept);
      memory.setU32(usedAt, kept.length);
    },
  };
}

type Five = [number, number, number, number, number];
type Six = [number, number, number, number, number, number];
type Lookup = (
  fd: number,
  right: bigint,
  path: { pointer: number; length: number; follow?: number },
) => Place;

function movingFunctions(world: World, at: Lookup) {
  const { memory, descriptors, tree } = world;
  return {
    path_symlink: (...[targetAt, targetLength, fd, pointer, length]: Five) => {
      const target = memory.text(targetAt, targetLength);
      if (target === "") throw new Refusal("noent");
      if (target.startsWith("/")) throw new Refusal("perm");
      const place = at(fd, RIGHT.symlink, { pointer, length });
      if (place.mustBeDirectory) throw new Refusal(place.node === null ? "noent" : "exist");
      const name = free(place);
      tree.take(target.length);
      tree.add(place.parent, name, tree.link(target));
    },
    path_link: (
      ...[fromFd, follow, from, fromLength, toFd, to, toLength]: [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
    ) => {
      if ((follow & FOLLOW) !== 0) throw new Refusal("inval");
      const node = found(at(fromFd, RIGHT.linkSource, { pointer: from, length: fromLength }));
      if (node.kind === "directory") throw new Refusal("perm");
      const place = at(toFd, RIGHT.linkTarget, { pointer: to, length: toLength });
      if (place.mustBeDirectory) throw new Refusal("noent");
      tree.add(place.parent, free(place), node);
      node.names += 1n;
    },
    path_rename: (...[fromFd, from, fromLength, toFd, to, toLength]: Six) => {
      descriptors.directory(toFd, RIGHT.renameTarget);
      const source = at(fromFd, RIGHT.renameSource, { pointer: from, length: fromLength });
      const target = at(toFd, RIGHT.renameTarget, { pointer: to, length: toLength });
      rename(world, source, target);
    },
  };
}

function rename(world: World, source: Place, target: Place): void {
  const node = found(source);
  if (source.name === "" || target.name === "") throw new Refusal("inval");
  if (node === target.node) return;
  if (node.kind !== "directory" && target.mustBeDirectory) throw new Refusal("notdir");
  if (node.kind === "directory" && isWithin(target.parent, node)) throw new Refusal("inval");
  const old = target.node;
  if (old !== null) {
    if (old.kind === "directory" && node.kind !== "directory") throw new Refusal("isdir");
    if (old.kind !== "directory" && node.kind === "directory") throw new Refusal("notdir");
    if (old.kind === "directory" && old.entries.size > 0) throw new Refusal("notempty");
    unlink(world, target, old);
  }
  world.tree.remove(source.parent, source.name, node);
  node.names += 1n;
  world.tree.add(target.parent, target.name, node);
}

function isWithin(directory: Directory, ancestor: Directory): boolean {
  for (let at: Directory | null = directory; at !== null; at = at.parent)
    if (at === ancestor) return true;
  return false;
}

type OpenArguments = [number, number, number, number, number, bigint, bigint, number, number];

function openPath(world: World, given: OpenArguments): void {
  const [fd, follow, pointer, length, flags, rights, inheriting, status, into] = given;
  const { memory, descriptors } = world;
  const root = descriptors.directory(fd, RIGHT.open);
  memory.view(into, 4);
  const place = resolve(root.node, memory.text(pointer, length), (follow & FOLLOW) !== 0);
  const node = place.node ?? create(world, root, { place, flags });
  if (place.node !== null && (flags & OPEN.create) !== 0 && (flags & OPEN.exclusive) !== 0) {
    throw new Refusal("exist");
  }
  if (node.kind === "link") throw new Refusal("loop");
  const wanted = BigInt.asUintN(64, rights) & root.inheriting;
  const granted = {
    flags: status,
    rights: wanted,
    inheriting: BigInt.asUintN(64, inheriting) & root.inheriting,
  };
  if (node.kind === "directory") {
    if ((rights & RIGHT.write) !== 0n || (flags & OPEN.truncate) !== 0) throw new Refusal("isdir");
    const number = descriptors.add({
      type: "directory",
      node,
      preopen: null,
      listing: [],
      ...granted,
    });
    memory.setU32(into, number);
    return;
  }
  if ((flags & OPEN.directory) !== 0 || place.mustBeDirectory) throw new Refusal("notdir");
  if ((rights & RIGHT.write) !== 0n && (root.inheriting & RIGHT.write) === 0n)
    throw new Refusal("notcapable");
  const truncates = (flags & OPEN.truncate) !== 0;
  if (truncates && (root.rights & RIGHT.pathSize) === 0n) throw new Refusal("notcapable");
  const number = descriptors.add({ type: "file", node, offset: 0, ...granted });
  if (truncates) node.resize(0);
  memory.setU32(into, number);
}

function create(
  world: World,
  root: OpenDirectory,
  { place, flags }: { place: Place; flags: number },
): Node {
  if ((flags & OPEN.create) === 0) throw new Refusal("noent");
  if ((flags & OPEN.directory) !== 0) throw new Refusal("inval");
  if (place.mustBeDirectory) throw new Refusal("isdir");
  if ((root.rights & RIGHT.createFile) === 0n) throw new Refusal("notcapable");
  const node = world.tree.file();
  world.tree.add(place.parent, place.name, node);
  return node;
}

function unlink({ tree, descriptors }: World, { parent, name }: Place, node: Node): void {
  tree.remove(parent, name, node);
  if (node.kind === "link" && node.names === 0n) tree.take(-node.target.length);
  if (node.kind === "file") tree.release(node, descriptors.isOpen(node));
}

function free({ node, name }: Place): string {
  if (node !== null || name === "") throw new Refusal("exist");
  return name;
}
