// A prepared artifact: what a guest's isolate loads, made of a registered artifact once and kept by content.
import type { Convention } from "./module.ts";

/** What begins in the isolate: the harness of a core module, or that of a component. */
export type Entry = "core" | "component";

export type PreparedPart = {
  readonly name: string;
  readonly kind: "wasm" | "js";
  readonly bytes: Uint8Array<ArrayBuffer>;
};

export type Prepared = { readonly entry: Entry; readonly parts: readonly PreparedPart[] };

/** The part that a core module consists of, under the name by which its harness imports it. */
export const CORE_PART = "guest.wasm";

/**
 * Moves on when an artifact becomes other parts, or the parts are written in another way, by the same meter and
 * transpiler.
 */
export const PREPARATION_VERSION = 3;

/** Everything that decides what is made of an artifact. */
export type Preparation = {
  /** SHA-256 of the artifact. */
  readonly digest: string;
  readonly meterVersion: number;
  /** The digest of the transpiler that it went through; null for a core module, which goes through none. */
  readonly transpiler: string | null;
  readonly maxMemoryMB: number;
};

export function entryOf(convention: Convention): Entry {
  return convention === "component" || convention === "http" ? "component" : "core";
}

/** Where a prepared artifact stands. No module's name holds a dot, so that no original stands there. */
export function preparedKey({ digest, maxMemoryMB, ...by }: Preparation): string {
  const version = [
    PREPARATION_VERSION,
    by.meterVersion,
    ...(by.transpiler === null ? [] : [by.transpiler]),
  ];
  return `${preparedPrefix(digest)}${version.join("-")}-${maxMemoryMB}MB`;
}

/** What all prepared forms of one artifact have in common. */
export function preparedPrefix(digest: string): string {
  return `.prepared/${digest}/`;
}
