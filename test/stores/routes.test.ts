// Claims and fences of routes: what is sent late changes nothing, whoever holds the regions by then.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#stores/database.ts";
import { claimRoutes, holderOf, readRoutes, releaseRoutes, writeRoutes } from "#stores/routes.ts";

const db = database(env);
const routed = (moduleId: string) => [
  { region: "east", entries: [{ moduleId, weight: 100, nodes: ["east-1"] }] },
];

describe("a claim on routes", () => {
  let moduleName = "";
  let target = { moduleName, regions: ["east"] };
  const by = (holder: string, turn: number) => ({ holder, turn });
  const write = (holder: string, turn: number, moduleId: string) =>
    writeRoutes(db, { moduleName, holder, turn }, routed(moduleId));
  const standing = async () =>
    (await readRoutes(db, moduleName)).flatMap(({ entries }) =>
      entries.map(({ moduleId }) => moduleId),
    );

  beforeEach(() => {
    moduleName = crypto.randomUUID();
    target = { moduleName, regions: ["east"] };
  });

  it("is given back by the turn that has it, and by none before", async () => {
    await claimRoutes(db, target, by("one", 5));
    await releaseRoutes(db, moduleName, by("one", 3));
    expect(await holderOf(db, target)).toBe("one");
    await releaseRoutes(db, moduleName, by("one", 6));
    expect(await holderOf(db, target)).toBeNull();
  });

  it("isn't made by what was sent before it was given back", async () => {
    await claimRoutes(db, target, by("one", 1));
    await write("one", 4, "v2");
    await releaseRoutes(db, moduleName, by("one", 6));
    expect(await claimRoutes(db, target, by("one", 1))).toHaveProperty("heldBy");
    await write("one", 4, "v3");
    expect(await standing()).toEqual(["v2"]);
    expect(await holderOf(db, target)).toBeNull();
  });

  it("keeps the fence of its own turn: a write of a turn before changes nothing", async () => {
    await claimRoutes(db, target, by("one", 1));
    await write("one", 4, "v2");
    await releaseRoutes(db, moduleName, by("one", 6));
    await claimRoutes(db, target, by("one", 8));
    await write("one", 3, "v1");
    expect(await standing()).toEqual(["v2"]);
  });

  it("is free to anybody once it was given back, at any turn", async () => {
    await claimRoutes(db, target, by("one", 9));
    expect(await claimRoutes(db, target, by("two", 1))).toEqual({ heldBy: "one" });
    await releaseRoutes(db, moduleName, by("one", 9));
    expect(await claimRoutes(db, target, by("two", 1))).toHaveProperty("routes");
    await write("two", 2, "v2");
    expect(await standing()).toEqual(["v2"]);
  });

  it("leaves nothing that anybody is routed by where nothing was written", async () => {
    await claimRoutes(db, target, by("one", 1));
    await releaseRoutes(db, moduleName, by("one", 2));
    expect(await readRoutes(db, moduleName)).toEqual([]);
  });
});
