// Finds the cases of variants and the labels of enums by name: a list may hold a million values of a type that has
// two thousand, and looking each up in turn would take longer than the call may.
import type { WitCase } from "./type.ts";

export class CaseIndex {
  readonly #cases = new Map<readonly WitCase[], ReadonlyMap<string, WitCase>>();
  readonly #labels = new Map<readonly string[], ReadonlySet<string>>();

  find(cases: readonly WitCase[], name: string): WitCase | undefined {
    const known = this.#cases.get(cases);
    if (known !== undefined) return known.get(name);
    const index = new Map(cases.map((item) => [item.name, item]));
    this.#cases.set(cases, index);
    return index.get(name);
  }

  hasLabel(labels: readonly string[], label: string): boolean {
    const known = this.#labels.get(labels);
    if (known !== undefined) return known.has(label);
    const index = new Set(labels);
    this.#labels.set(labels, index);
    return index.has(label);
  }
}
