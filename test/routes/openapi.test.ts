// The OpenAPI document and its browser: complete, valid and at home.
import { describe, expect, test } from "vitest";
import { ORIGIN, nobody } from "#test/builders/client.ts";
import type { Json } from "#test/builders/client.ts";

type Operation = Json & { readonly responses: Json; readonly operationId?: string };
type Document = Json & { readonly paths: Record<string, Record<string, Operation>> };

async function openapi(): Promise<Document> {
  return (await nobody.get<Document>("/openapi.json")).body;
}

function operationsOf({ paths }: Document): [string, Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

/** Every value in the document that stands under this key. */
function valuesOf(key: string, within: unknown): unknown[] {
  if (typeof within !== "object" || within === null) return [];
  return Object.entries(within).flatMap(([name, value]) =>
    name === key ? [value, ...valuesOf(key, value)] : valuesOf(key, value),
  );
}

function at(document: unknown, reference: string): unknown {
  const keys = reference.slice(2).split("/");
  return keys.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? new Map(Object.entries(value)).get(key)
        : undefined,
    document,
  );
}

describe("/openapi.json", () => {
  test("is OpenAPI 3.1 with a title, a version and a licence", async () => {
    expect(await openapi()).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\./),
      info: { title: "Edgeloom", version: expect.any(String), license: { name: "Apache-2.0" } },
    });
  });

  test("has no reference that leads nowhere", async () => {
    const document = await openapi();
    const references = valuesOf("$ref", document).map(String);
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((reference) => at(document, reference) === undefined)).toEqual([]);
  });

  test("describes for every operation what goes well", async () => {
    const lacking = operationsOf(await openapi()).filter(
      ([, { responses }]) =>
        !Object.keys(responses).some((status) => /^(?:2\d\d|101)$/.test(status)),
    );
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  test("describes for every operation but /health and the public keys what is refused, as an Error", async () => {
    const document = await openapi();
    const lacking = operationsOf(document).filter(([, { responses }]) => {
      const refused = Object.entries(responses).filter(([status]) => status.startsWith("4"));
      return (
        refused.length === 0 || !JSON.stringify(refused).includes("#/components/schemas/Error")
      );
    });
    expect(lacking.map(([name]) => name)).toEqual([
      "GET /health",
      "GET /api/v1/health",
      "GET /.well-known/jwks.json",
    ]);
  });

  test("describes, where a body is taken, that its size and its type may be refused", async () => {
    const lacking = operationsOf(await openapi()).filter(
      ([, { requestBody, responses }]) =>
        requestBody !== undefined && !(413 in responses && 415 in responses),
    );
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  test("has no pattern with flags, which JSON Schema lacks", async () => {
    const patterns = valuesOf("pattern", await openapi()).map(String);
    expect(patterns.length).toBeGreaterThan(0);
    expect(patterns.filter((pattern) => /^\^.*\$\/\w+$/.test(pattern))).toEqual([]);
  });

  test("asks for a token everywhere but at /health, the public keys, the login and the apps themselves", async () => {
    const open = operationsOf(await openapi()).filter(
      ([, operation]) => !("security" in operation),
    );
    const names = open.map(([name]) => name).filter((name) => !name.endsWith(" /run/{app}/{path}"));
    expect(open.length - names.length).toBe(5);
    expect(names.sort((a, b) => a.localeCompare(b))).toEqual([
      "GET /.well-known/jwks.json",
      "GET /api/v1/health",
      "GET /health",
      "POST /api/v1/authentication/login",
      "POST /auth/login",
      "POST /auth/refresh",
    ]);
  });

  test("declares every parameter that a path has", async () => {
    const lacking = operationsOf(await openapi()).filter(([name, operation]) => {
      const declared = JSON.stringify(operation["parameters"] ?? []);
      return [...name.matchAll(/\{(\w+)\}/g)].some(([, key]) => !declared.includes(`"${key}"`));
    });
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  test("has every path of the 000 document", async () => {
    const names = operationsOf(await openapi()).map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "POST /api/v1/authentication/login",
        "POST /api/v1/wasm/modules",
        "GET /api/v1/wasm/modules",
        "GET /api/v1/wasm/modules/{moduleId}",
        "DELETE /api/v1/wasm/modules/{moduleId}",
        "POST /api/v1/wasm/deployments",
        "POST /api/v1/wasm/deployments/{deploymentId}/execute",
        "GET /api/v1/wasm/deployments/{deploymentId}",
        "POST /api/v1/wasm/deployments/{deploymentId}/rollback",
        "POST /api/v1/wasm/nodes",
        "GET /api/v1/wasm/nodes/{nodeId}/health",
        "POST /api/v1/wasm/interfaces",
        "POST /api/v1/wasm/execute",
      ]),
    );
  });
});

describe("/docs", () => {
  async function text(path: string): Promise<string> {
    return String((await nobody.get(path)).body["text"]);
  }

  test("loads nothing from another host", async () => {
    const page = await text("/docs");
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = ""]) => url);
    expect(assets.length).toBeGreaterThan(0);
    expect(assets.filter((url) => new URL(url, ORIGIN).origin !== ORIGIN)).toEqual([]);
    for (const url of assets) expect((await nobody.get(url)).status).toBe(200);
  });

  test("forbids the browser to ask another host", async () => {
    const { headers } = await nobody.get("/docs");
    const policy = headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).not.toMatch(/https?:|\*/);
  });

  test("shows the document of this server", async () => {
    expect(await text("/docs/start.js")).toContain('url: "/openapi.json"');
  });
});
