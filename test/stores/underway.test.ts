// What one request has begun and others wait for.
import { expect, test } from "vitest";
import { Underway } from "#stores/underway.ts";

test("who waits goes on when it has ended, well or not", async () => {
  const underway = new Underway();
  const well = underway.run("well", () => scheduler.wait(20));
  const ill = underway.run("ill", async () => {
    await scheduler.wait(20);
    throw new Error("no");
  });
  expect([underway.has("well"), underway.has("ill"), underway.has("other")]).toEqual([
    true,
    true,
    false,
  ]);
  await Promise.all([underway.ended("well"), underway.ended("ill"), underway.ended("other")]);
  await expect(well).resolves.toBeUndefined();
  await expect(ill).rejects.toThrow("no");
  expect([underway.has("well"), underway.has("ill")]).toEqual([false, false]);
});

test("who waits for what was lost with its request is let go", async () => {
  const underway = new Underway();
  let isOver = false;
  const lost = underway.run("lost", async () => {
    await scheduler.wait(7_000);
    isOver = true;
  });
  await underway.ended("lost");
  expect(isOver).toBe(false);
  await lost;
});
