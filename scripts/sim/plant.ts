// Plants each fault in turn and looks for a schedule that shows it.
import { Bundle } from "./bundle.ts";
import { SEEDS_MAX } from "./faults.ts";
import type { Fault } from "./faults.ts";

export type Search = {
  readonly fault: Fault;
  /** The seed that shows it and the sentence that it breaks; null when none of the seeds did. */
  readonly found: { readonly seed: number; readonly broken: string } | null;
};

export async function search(fault: Fault): Promise<Search> {
  const bundle = await Bundle.of(fault);
  try {
    const { playSeed } = await bundle.load();
    for (let seed = 0; seed < SEEDS_MAX[fault.world]; seed += 1) {
      const { fault: broken } = await playSeed(seed, fault.world);
      if (broken !== null) return { fault, found: { seed, broken: broken.message } };
    }
    return { fault, found: null };
  } finally {
    await bundle.remove();
  }
}
