// What the fuzzer draws: values in their schema, values that differ from them in one place, and faults it would tell.
import type { Schema } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultOf } from "#scripts/fuzz/judge.ts";
import { Schemas, operationsOf } from "#scripts/fuzz/operations.ts";
import type { OpenApiDocument } from "#scripts/fuzz/operations.ts";
import { Pool } from "#scripts/fuzz/pool.ts";
import { allowed, spoiled } from "#scripts/fuzz/values.ts";

const THING: Schema = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[a-z][a-z0-9-]{0,30}$" },
    replicas: { type: "integer", minimum: 0, maximum: 9 },
    share: { type: "number", exclusiveMinimum: 0, maximum: 1 },
    kind: { anyOf: [{ enum: ["deployment", "job"] }, { type: "null" }] },
    at: { type: "string", format: "date-time" },
    labels: { type: "object", additionalProperties: { type: "string", minLength: 1 } },
    parts: {
      type: "array",
      items: { $ref: "#/components/schemas/Part" },
      minItems: 1,
      maxItems: 4,
    },
  },
  required: ["name", "replicas", "parts"],
  additionalProperties: false,
};

const DOCUMENT: OpenApiDocument = {
  components: {
    schemas: {
      Thing: THING,
      Part: {
        type: "object",
        properties: { id: { type: "string", minLength: 1 } },
        required: ["id"],
      },
    },
  },
  paths: {
    "/things/{id}": {
      get: {
        responses: {
          200: {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
          },
        },
      },
    },
  },
};

const schemas = new Schemas(DOCUMENT);
const schema = { $ref: "#/components/schemas/Thing" };
const drawn = allowed(schema, schemas, new Pool([]));

describe("the fuzzer", () => {
  test("draws values that their schema allows", () => {
    fc.assert(
      fc.property(drawn, (value) => {
        expect(schemas.faultOf(value, schema)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("spoils a value in one place, most often so that the schema refuses it", () => {
    const values = fc.sample(drawn.chain(spoiled), { numRuns: 300, seed: 1 });
    const refused = values.filter((value) => schemas.faultOf(value, schema) !== null);
    expect(refused.length).toBeGreaterThan(150);
  });

  const [operation] = operationsOf(DOCUMENT);
  const JSON_TYPE = "application/json";
  const RIGHT = '{"name":"a","replicas":1,"parts":[{"id":"b"}]}';
  test.each([
    { status: 200, type: JSON_TYPE, text: RIGHT, fault: null },
    { status: 500, type: JSON_TYPE, text: "{}", fault: "status 500 isn't documented" },
    { status: 200, type: JSON_TYPE, text: '{"name":"a"}', fault: "200 out of its schema" },
    { status: 200, type: "text/html", text: "<p>", fault: "200 with text/html" },
    { status: 200, type: JSON_TYPE, text: "{", fault: "200 with a body that isn't JSON" },
  ])("judges $text as $type: $fault", ({ fault, ...answer }) => {
    if (operation === undefined) throw new Error("no operation");
    const judged = faultOf(operation, answer, schemas);
    expect(judged).toEqual(fault === null ? null : expect.stringContaining(fault));
  });

  test("asks for what answers named, but for what it lives on", () => {
    const pool = new Pool(["mine"]);
    pool.learn("/tasks", { data: [{ id: "t-1" }, { id: "mine" }] });
    expect(pool.ofParameter("/tasks/{id}", "id")).toEqual(["t-1"]);
    expect(pool.ofParameter("/users/{id}", "id")).toEqual(["t-1"]);
  });
});
