// Files that come with a registration: every call of the module finds them, and may bring others in their place.
import { beforeAll, describe, expect, test } from "vitest";
import { execute, serve } from "#test/builders/deployments.ts";
import { MODULES, module, registration, upload } from "#test/builders/modules.ts";
import type { Module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { shift } from "#test/builders/users.ts";
import { command } from "#test/component/fixtures/components.ts";
import report from "#test/wasi1/fixtures/report.wasi";

const limits = { filesystemAccess: "ReadOnly", allowedDirectories: ["/data"] };
const reader = shift("Developer", 10);
const ids = { program: "", component: "" };

beforeAll(async () => {
  const { region } = await place(1);
  const files = [{ path: "/data/in.txt", text: "ab" }];
  ids.program = await module(report, { wasiVersion: "preview1", limits, files });
  const greeting = { path: "/data/greeting.txt", base64: btoa("hello") };
  ids.component = await module(command, { limits, files: [greeting] });
  for (const id of Object.values(ids)) await serve(id, region);
});

async function returned(moduleId: string, functionName: string, given: object = {}) {
  const { body } = await execute({ moduleId, functionName, ...given });
  return JSON.parse(body.returnValue ?? "null");
}

describe("a module's own files", () => {
  test("are read by a WASI 1 program", async () => {
    expect(await returned(ids.program, "files")).toMatchObject({ read: 195, entries: 3 });
  });

  test("are read by a component", async () => {
    expect(await returned(ids.component, "read")).toBe("hello");
  });

  test("stand beside those of a call, which come before them", async () => {
    const beside = [{ path: "/data/other.txt", text: "c" }];
    const instead = [{ path: "/data/in.txt", text: "c" }];
    expect(await returned(ids.program, "files", { files: beside })).toMatchObject({
      read: 195,
      entries: 4,
    });
    expect(await returned(ids.program, "files", { files: instead })).toMatchObject({
      read: 99,
      entries: 3,
    });
  });

  test("are told by their paths", async () => {
    const { body } = await (await reader()).get<Module>(`${MODULES}/${ids.program}`);
    expect(body.files).toEqual(["/data/in.txt"]);
  });

  test.each<[string, object, string]>([
    [
      "no guest could see",
      { limits: {}, files: [{ path: "/a", text: "" }] },
      "files: no guest could see them while limits.filesystemAccess is Disabled",
    ],
    [
      "are too much for a row",
      { limits, files: [{ path: "/data/a", text: "a".repeat(262_145) }] },
      "files: expected at most 262144 characters in all files together",
    ],
  ])("are refused where they %s", async (_, given, why) => {
    const body = registration(report, { wasiVersion: "preview1", ...given });
    const answer = await upload(body);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      400,
      expect.stringContaining(why),
    ]);
  });
});
