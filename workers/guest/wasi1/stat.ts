// What is told of a file, and its times as the guest sets them.
import { Refusal } from "./errno.ts";
import type { Node } from "./tree.ts";

const TYPE = { directory: 3, file: 4, link: 7 } as const;
const CHARACTER_DEVICE = 2;

/** A stream has no node. */
export function writeStat(view: DataView, node: Node | null): void {
  view.setBigUint64(0, 1n, true);
  view.setBigUint64(8, node?.inode ?? 0n, true);
  view.setBigUint64(16, 0n, true);
  view.setUint8(16, node === null ? CHARACTER_DEVICE : TYPE[node.kind]);
  view.setBigUint64(24, node?.names ?? 1n, true);
  view.setBigUint64(32, BigInt(sizeOf(node)), true);
  view.setBigUint64(40, node?.accessedAt ?? 0n, true);
  view.setBigUint64(48, node?.modifiedAt ?? 0n, true);
  view.setBigUint64(56, node?.changedAt ?? 0n, true);
}

function sizeOf(node: Node | null): number {
  if (node?.kind === "file") return node.size;
  return node?.kind === "link" ? new TextEncoder().encode(node.target).length : 0;
}

export function setTimes(
  node: Node,
  given: { accessed: bigint; modified: bigint; flags: number },
  now: bigint,
): void {
  const { accessed, modified, flags } = given;
  if ((flags & 3) === 3 || (flags & 12) === 12 || flags >>> 0 > 15) throw new Refusal("inval");
  if ((flags & 1) !== 0) node.accessedAt = BigInt.asUintN(64, accessed);
  if ((flags & 2) !== 0) node.accessedAt = now;
  if ((flags & 4) !== 0) node.modifiedAt = BigInt.asUintN(64, modified);
  if ((flags & 8) !== 0) node.modifiedAt = now;
  node.changedAt = now;
}
