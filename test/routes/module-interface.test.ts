// What a module offers, told from what was stored at its registration.
import { Validator } from "@cfworker/json-schema";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "@hono/zod-openapi";
import { witText } from "#domain/wit/text.ts";
import type { moduleInterfaceAnswer } from "#routes/wasm/answer.ts";
import type { Client, Problem } from "#test/builders/client.ts";
import { MODULES, module, registration, upload } from "#test/builders/modules.ts";
import { unique, user } from "#test/builders/users.ts";
import { geometry } from "#test/examples/bytes.ts";
import sound from "#test/fixtures/sound.wat";
import { greet, http, types } from "#test/wasm/fixtures/components.ts";
import mixed from "#test/wasm/fixtures/numbers.wat";
import { inspect } from "#wasm/inspect.ts";
import { offer } from "#wasm/offer.ts";

type Interface = z.infer<typeof moduleInterfaceAnswer>;

let by: Client;

beforeAll(async () => {
  by = await user("Viewer");
});

async function interfaceOf(id: string): Promise<Interface> {
  const { status, body } = await by.get<Interface>(`${MODULES}/${id}/interface`);
  expect(status).toBe(200);
  return body;
}

function taker(told: Interface, name: string): (parameters: unknown) => boolean {
  const schema = told.functions.find((item) => item.name === name)?.parameters;
  // A schema of ours, as JSON gives it back.
  const validator = new Validator(schema ?? false, "2020-12");
  return (parameters) => validator.validate(parameters).valid;
}

describe("the interface of a core module", () => {
  test("tells what its functions take and give", async () => {
    const told = await interfaceOf(await module(sound));
    expect(told).toMatchObject({ convention: "json", importedInterfaces: [] });
    expect(told.functions.map(({ name, style, callable }) => [name, style, callable])).toEqual([
      ["health_check", "json", true],
      ["echo", "json", true],
      ["fail", "json", true],
      ["add", "numbers", true],
    ]);
    const takes = taker(told, "add");
    expect([takes([1, 2]), takes([1]), takes(["1", 2])]).toEqual([true, false, false]);
    expect(taker(told, "echo")({ any: ["thing"] })).toBe(true);
  });

  test("says why a function can't be called", async () => {
    const told = await interfaceOf(await module(mixed));
    expect(told.functions.find(({ name }) => name === "mix")).toMatchObject({
      callable: false,
      style: null,
      reason: "It takes or gives v128; a call passes i32, i64, f32 and f64.",
    });
  });
});

describe("the interface of a component", () => {
  test("tells its functions' WIT and the schema of their parameters", async () => {
    const told = await interfaceOf(await module(geometry));
    expect(told).toMatchObject({ convention: "component" });
    expect(told.functions.find(({ name }) => name === "health-check")).toMatchObject({
      style: "wit",
      wit: "health-check: func() -> string;",
      result: { type: "string" },
    });
    const { name = "" } = told.functions.find((one) => one.name.endsWith("centroid")) ?? {};
    const takes = taker(told, name);
    expect([
      takes({ points: [{ x: 1, y: 2 }] }),
      takes([[{ x: 1, y: 2 }]]),
      takes([[1]]),
      takes({}),
    ]).toEqual([true, true, false, false]);
  });

  test("is asked for by nobody where the world itself imports a function", async () => {
    const { status, body } = await upload(registration(new Uint8Array(greet)));
    expect([status, JSON.stringify(body)]).toEqual([
      400,
      expect.stringContaining("got log imported by the world itself"),
    ]);
  });

  test("defines the types that its functions name", () => {
    const found = inspect(types);
    if (!found.ok) throw new Error(found.faults.join());
    const { signatures, uncallable } = offer(found);
    const told = [
      ...signatures.map((signature) => (signature.style === "wit" ? witText(signature) : null)),
      ...uncallable.map(({ wit }) => wit),
    ];
    expect(new Set(told)).toEqual(
      new Set([
        "f: func(s: shape, k: kounter);",
        "move: func(p: point, c: borrow<counter>) -> point;",
        "record r { a: list<u8> }\ngo: func(r: r) -> r;",
      ]),
    );
  });

  test("is asked for by nobody where it needs a resource, which no link carries", async () => {
    const { status, body } = await upload(registration(new Uint8Array(types)));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(/a:b\/t@1\.2\.3#\w+ is a resource, which no link carries/);
  });

  test("says which functions hold resources, and what it imports", async () => {
    const given = { wasiVersion: "preview2" };
    const told = await interfaceOf(await module(new Uint8Array(http), given));
    expect(told).toMatchObject({
      convention: "http",
      importedInterfaces: ["wasi:cli/environment@0.2.0", "wasi:http/types@0.2.0"],
      functions: [
        {
          callable: false,
          wit: "handle: func(request: incoming-request, response-out: response-outparam);",
          reason: "It takes or gives a resource (incoming-request), which JSON can't write.",
        },
      ],
    });
  });
});

test("needs nothing of the module's bytes", async () => {
  const name = unique("bare");
  const id = await module(sound, { name });
  await env.ARTIFACTS.delete(`${name}/1.0.0/module.wasm`);
  expect((await interfaceOf(id)).functions).toHaveLength(4);
});

test("of a module that nobody registered is not found", async () => {
  const { status, body } = await by.get<Problem>(`${MODULES}/none-v1.0.0/interface`);
  expect([status, body.error.code]).toEqual([404, "MODULE_NOT_FOUND"]);
});
