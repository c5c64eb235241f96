import { expect, test } from "vitest";
import { command } from "./fixtures/components.ts";
import { caller } from "./guest.ts";

const files = {
  preopens: ["/data"],
  files: [{ path: "/data/greeting.txt", text: "hello" }],
};

test("passes JSON on standard input and takes the result from standard output", async () => {
  const call = await caller(command);
  const answer = await call("echo", { a: [1, 2] });
  expect(answer).toMatchObject({
    returnValue: '{"input":{"a":[1,2]}}',
    failure: null,
    exitCode: 0,
  });
});

test("keeps nothing from one run to the next", async () => {
  const call = await caller(command);
  expect((await call("count")).returnValue).toBe("1");
  expect((await call("count")).returnValue).toBe("1");
});

test("ends what floods standard output where a result may be no longer", async () => {
  const call = await caller(command);
  const answer = await call("flood");
  expect(answer).toMatchObject({ returnValue: null, failure: { code: "GUEST_OUTPUT" } });
  expect(answer.failure?.message).toContain("the 100000 bytes");
  // The beginning is told, as of a log.
  expect(answer.stdout).toMatch(/65536 are kept\]$/);
  expect(answer.stdout.length).toBeLessThan(66_000);
});

test("cuts a flood of standard error and says so", async () => {
  const call = await caller(command);
  const { stderr, returnValue } = await call("flood-error");
  expect(returnValue).toBe("1");
  expect(stderr).toContain("[cut: 85000 bytes were written, 1000 are kept]");
});

test("tells the exit code", async () => {
  const call = await caller(command);
  const answer = await call("exit");
  expect(answer).toMatchObject({ exitCode: 3, failure: { code: "GUEST_EXIT" } });
  expect(answer.stdout).toBe("7\n");
});

test("ends a loop and tells it from a trap", async () => {
  const call = await caller(command);
  expect((await call("loop")).failure?.code).toBe("GUEST_GAS");
  expect((await call("trap")).failure?.code).toBe("GUEST_TRAP");
});

test("gives the environment that was granted and no other", async () => {
  const call = await caller(command);
  expect((await call("environment")).returnValue).toBe('"none"');
  const granted = { environment: { NAME: "Ada" } };
  expect((await call("environment", null, granted)).returnValue).toBe('"Ada"');
});

test("shows files as far as they are granted", async () => {
  const call = await caller(command);
  const disabled = { files: { ...files, access: "Disabled" as const } };
  const reading = { files: { ...files, access: "ReadOnly" as const } };
  const writing = { files: { ...files, access: "ReadWrite" as const } };
  expect((await call("read", null, disabled)).returnValue).toBe("null");
  expect((await call("read", null, reading)).returnValue).toBe('"hello"');
  expect((await call("write", null, reading)).returnValue).toBe("false");
  expect((await call("write", null, writing)).returnValue).toBe("true");
});
