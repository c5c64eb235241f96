// Registered WIT interfaces: really parsed, compared with the version before, and decided upon.
import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, Client, Json, Problem } from "#test/builders/client.ts";
import { shift, unique, user } from "#test/builders/users.ts";

const INTERFACES = "/api/v1/wasm/interfaces";

type Registered = { readonly interfaceId: string; readonly status: string };

let developer: Client;
let admin: Client;
const registrar = shift("Developer", 10);

beforeAll(async () => {
  developer = await user("Developer");
  admin = await user("Admin");
});

function wit(name: string, body: string): string {
  return `interface ${name} {\n${body}\n}`;
}

async function register(
  given: Json & { name?: string } = {},
): Promise<Answer<Registered & Problem>> {
  const name = given.name ?? unique("iface");
  const witDefinition = wit(name, "resize: func(width: u32) -> u32;");
  const body = { namespace: "wasi:custom", version: "0.1.0", witDefinition, ...given, name };
  return (await registrar()).post(INTERFACES, body);
}

function act(id: string, verb: string, by: Client): Promise<Answer> {
  const body = verb === "validate" ? undefined : { reason: "reviewed" };
  return by.post(`${INTERFACES}/${encodeURIComponent(id)}/${verb}`, body);
}

async function registered(given: Json & { name?: string } = {}): Promise<string> {
  const { status, body } = await register(given);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.interfaceId;
}

describe("registering an interface", () => {
  test("that does not parse names line and column", async () => {
    const witDefinition = "interface bad {\n  resize: func(width: u32;\n}";
    const { status, body } = await register({ name: "bad", witDefinition });
    expect([status, body.error.code]).toEqual([400, "VALIDATION_ERROR"]);
    expect(body.error.details).toEqual([expect.stringMatching(/^line 2, column \d+: /)]);
  });

  test("that lacks the interface which it names is refused", async () => {
    const { status, body } = await register({ witDefinition: wit("other", "go: func();") });
    expect([status, body.error.code]).toEqual([400, "VALIDATION_ERROR"]);
  });

  test("of the same version twice is refused", async () => {
    const name = unique("iface");
    await registered({ name });
    expect((await register({ name })).status).toBe(409);
  });

  test.each<[string, Json, RegExp]>([
    ["a namespace without a package", { namespace: "wasi" }, /^namespace: /],
    ["a name in capitals", { name: "Image" }, /^name: /],
    ["a version that is none", { version: "1" }, /^version: /],
    ["an unknown compatibility", { compatibility: "Sideways" }, /^compatibility: /],
    ["an empty text", { witDefinition: "" }, /^witDefinition: /],
  ])("with %s is refused", async (_, given, detail) => {
    const { status, body } = await register(given);
    expect([status, body.error.details]).toEqual([400, [expect.stringMatching(detail)]]);
  });
});

describe("a new version", () => {
  const before = "type size = u32;\nresize: func(width: size) -> u32;\ncrop: func();";

  async function second(compatibility: string, body: string): Promise<Answer<Problem>> {
    const name = unique("iface");
    await registered({ name, witDefinition: wit(name, before) });
    const witDefinition = wit(name, body);
    return register({ name, version: "0.2.0", witDefinition, compatibility });
  }

  test.each<[string, string, string, number, number]>([
    ["that adds a function", "Backward", `${before}\nrotate: func();`, 201, 0],
    [
      "that loses a function",
      "Backward",
      "type size = u32;\nresize: func(width: size) -> u32;",
      400,
      1,
    ],
    [
      "that changes one and loses one",
      "Backward",
      "type size = u32;\nresize: func() -> u32;",
      400,
      2,
    ],
    [
      "that loses a function",
      "Forward",
      "type size = u32;\nresize: func(width: size) -> u32;",
      201,
      0,
    ],
    ["that adds a function", "Forward", `${before}\nrotate: func();`, 400, 1],
    ["that adds a function", "Full", `${before}\nrotate: func();`, 400, 1],
    ["that has nothing in common", "None", "other: func();", 201, 0],
  ])("%s, and promises %s, lists its breaks", async (...[, promise, body, status, breaks]) => {
    const answer = await second(promise, body);
    const details = answer.status === 201 ? [] : answer.body.error.details;
    expect([answer.status, details.length]).toEqual([status, breaks]);
  });

  test("that breaks names what it breaks", async () => {
    const { body } = await second(
      "Backward",
      "type size = u32;\nresize: func(width: size) -> u32;",
    );
    expect(body.error.details[0]).toContain("crop");
  });
});

describe("an interface's life", () => {
  test("goes from Draft over PendingApproval to Approved and Deprecated", async () => {
    const id = await registered();
    const steps = [
      await act(id, "submit", developer),
      await act(id, "approve", admin),
      await act(id, "deprecate", admin),
    ];
    expect(steps.map(({ status, body }) => [status, body["status"]])).toEqual([
      [200, "PendingApproval"],
      [200, "Approved"],
      [200, "Deprecated"],
    ]);
    expect(steps[1]?.body).toMatchObject({
      decidedBy: admin.username,
      decisionReason: "reviewed",
      decidedAt: expect.any(String),
      submittedAt: expect.any(String),
    });
  });

  test("goes back from Rejected to PendingApproval", async () => {
    const id = await registered();
    await act(id, "submit", developer);
    await act(id, "reject", admin);
    const { body } = await act(id, "submit", developer);
    expect(body).toMatchObject({ status: "PendingApproval", decidedBy: null, decidedAt: null });
  });

  test.each(["approve", "reject", "deprecate"])("takes no %s while it is a Draft", async (verb) => {
    const id = await registered();
    const { status, body } = await act(id, verb, admin);
    expect([status, body]).toMatchObject([409, { error: { code: "CONFLICT" } }]);
  });

  test.each(["approve", "reject", "deprecate"])("lets no Developer %s it", async (verb) => {
    const { status, body } = await act("wasi:custom/any@1.0.0", verb, developer);
    expect([status, body]).toMatchObject([403, { error: { code: "FORBIDDEN" } }]);
  });

  test("ends where a Draft is deleted", async () => {
    const id = await registered();
    const path = `${INTERFACES}/${encodeURIComponent(id)}`;
    expect((await admin.send("DELETE", path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
  });

  test("does not end by deletion once it was approved", async () => {
    const id = await registered();
    await act(id, "submit", developer);
    await act(id, "approve", admin);
    const { status } = await admin.send("DELETE", `${INTERFACES}/${encodeURIComponent(id)}`);
    expect(status).toBe(409);
  });
});

describe("an interface's path", () => {
  test.each([
    ["percent-encoded", (id: string) => encodeURIComponent(id)],
    ["as it is written", (id: string) => id],
  ])("may have its id %s", async (_, spell) => {
    const id = await registered();
    const path = `${INTERFACES}/${spell(id)}`;
    const found = await developer.get<Registered>(path);
    const valid = await developer.post(`${path}/validate`);
    const submitted = await developer.post<Registered>(`${path}/submit`);
    expect([found.body.interfaceId, valid.body["valid"], submitted.body.status]).toEqual([
      id,
      true,
      "PendingApproval",
    ]);
  });

  test("that leads to none is not found", async () => {
    const { status, body } = await developer.get(`${INTERFACES}/wasi:custom/ghost@1.0.0`);
    expect([status, body]).toMatchObject([404, { error: { code: "NOT_FOUND" } }]);
  });
});

test("validating tells the version that it compared with", async () => {
  const name = unique("iface");
  const first = await registered({ name });
  const id = await registered({ name, version: "0.2.0" });
  const { body } = await act(id, "validate", developer);
  expect(body).toEqual({ valid: true, errors: [], comparedWith: first, breaks: [] });
});

test("a definition may use an interface that was approved", async () => {
  const types = await registered({
    name: "shapes",
    witDefinition: wit("shapes", "type area = u64;"),
  });
  await act(types, "submit", developer);
  await act(types, "approve", admin);
  const witDefinition = wit("drawing", "use shapes.{area};\ndraw: func() -> area;");
  const { status } = await register({ name: "drawing", witDefinition });
  expect(status).toBe(201);
});

test("the list is filtered by namespace, name and status", async () => {
  const namespace = "acme:lists";
  const id = await registered({ namespace, name: "one", witDefinition: wit("one", "go: func();") });
  await registered({ namespace, name: "two", witDefinition: wit("two", "go: func();") });
  const list = async (query: string): Promise<[string[], number]> => {
    const { body } = await developer.get<{ interfaces: Registered[]; total: number }>(
      `${INTERFACES}?namespace=${namespace}${query}`,
    );
    return [body.interfaces.map(({ interfaceId }) => interfaceId), body.total];
  };
  expect(await list("&name=one&status=Draft")).toEqual([[id], 1]);
  expect(await list("&status=Approved")).toEqual([[], 0]);
});
