// Each fault that is planted in the cores is found by a schedule, and by one that can be made shorter.
import { afterAll, describe, expect, it } from "vitest";
import { Bundle } from "#scripts/sim/bundle.ts";
import { FAULTS } from "#scripts/sim/faults.ts";
import { search } from "#scripts/sim/plant.ts";

let found = 0;

describe("a fault planted in the cores", () => {
  afterAll(() => console.log(`planted faults found: ${found} / ${FAULTS.length}`));

  it.each(FAULTS)("shows: $about", async (fault) => {
    const searched = await search(fault);
    expect(searched.found).not.toBeNull();
    found += 1;
  });

  it("is refused where its text is not there", async () => {
    const [first] = FAULTS;
    if (first === undefined) expect.unreachable();
    await expect(Bundle.of({ ...first, from: "no such text" })).rejects.toThrow(/should have once/);
  });

  it("leaves a history that shrinks", async () => {
    const fault = FAULTS.find(
      ({ about }) => about === "a version's lost nodes send its calls to any other",
    );
    if (fault === undefined) expect.unreachable();
    const bundle = await Bundle.of(fault);
    const { playSeed, shrunk } = await bundle.load();
    const found = await search(fault);
    const failed = await playSeed(found.found?.seed ?? 0, fault.world);
    const short = await shrunk(failed);
    expect(short.fault?.message).toMatch(/^8\./);
    expect(short.tape.length).toBeLessThan(failed.tape.length / 2);
    await bundle.remove();
  });
});
