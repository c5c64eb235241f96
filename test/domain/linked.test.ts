import { describe, expect, it } from "vitest";
import { isLinkable, linkFaults } from "#domain/linked.ts";
import type { WitSignature } from "#domain/module.ts";
import type { WitType } from "#domain/wit/type.ts";

const U32: WitType = { kind: "u32" };
const line = (name: string, field = "count"): WitType => ({
  kind: "record",
  name,
  fields: [{ name: field, type: U32 }],
});
const total = (type: WitType, name = "total"): WitSignature => ({
  name,
  style: "wit",
  parameters: [{ name: "lines", type }],
  result: null,
});
const source = {
  id: "front-v1.0.0",
  imports: [{ name: "my:shop/cart", functions: [total(line("line"))] }],
};
const faults = (...signatures: readonly WitSignature[]) =>
  linkFaults(["my:shop/cart"], source, { id: "list-v1.0.0", signatures, uncallable: [] });

describe("a link between two components", () => {
  it("is of an interface that is nobody's but theirs", () => {
    expect(isLinkable("my:shop/cart@1.0.0")).toBe(true);
    for (const name of ["wasi:io/streams", "wasmcloud:bus/lattice", "wrpc:rpc/x", "log"]) {
      expect(isLinkable(name)).toBe(false);
    }
  });

  it("fits by the types, whatever version exports them and what they are called there", () => {
    expect(faults(total(line("row"), "my:shop/cart@2.1.0#total"))).toEqual([]);
  });

  it("does not fit where a function is of another type, is missing, or can't be called", () => {
    expect(faults(total(line("line", "units"), "my:shop/cart@1.0.0#total"))).toEqual([
      "my:shop/cart#total: the source imports total: func(lines: record { count: u32 }), and list-v1.0.0 exports total: func(lines: record { units: u32 }).",
    ]);
    expect(faults()).toEqual(["list-v1.0.0 does not export my:shop/cart#total."]);
    const name = "my:shop/cart@1.0.0#total";
    const uncallable = [{ name, wit: null, reason: "It takes or gives a stream." }];
    expect(
      linkFaults(["my:shop/cart"], source, { id: "list", signatures: [], uncallable }),
    ).toEqual([
      "my:shop/cart#total of list can't be called by a link: It takes or gives a stream.",
    ]);
  });

  it("does not fit where the source imports nothing of the kind", () => {
    expect(
      linkFaults(["my:shop/till"], source, { id: "x", signatures: [], uncallable: [] }),
    ).toEqual(["front-v1.0.0 does not import my:shop/till."]);
  });
});
