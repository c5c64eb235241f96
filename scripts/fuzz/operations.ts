// The operations that the running program says it has, read from its own OpenAPI document.
import { Validator } from "@cfworker/json-schema";
import type { Schema } from "@cfworker/json-schema";

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
};

type Answered = {
  /** By media type; null where the document gives the type no schema of JSON. */
  readonly content: ReadonlyMap<string, Schema>;
};

export type Operation = {
  /** Such as `GET /tasks/{id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** By media type; empty where the operation takes no body. */
  readonly bodies: ReadonlyMap<string, Schema>;
  readonly answers: ReadonlyMap<number, Answered>;
};

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** The part of OpenAPI 3.1 that is read here. */
export type OpenApiDocument = {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};

type Described = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};

export function operationsOf({ paths }: OpenApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters: described.parameters ?? [],
      bodies: schemasOf(described.requestBody?.content),
      answers: new Map(
        Object.entries(described.responses).map(([status, { content }]) => [
          Number(status),
          { content: schemasOf(content) },
        ]),
      ),
    })),
  );
}

function schemasOf(content: Content = {}): ReadonlyMap<string, Schema> {
  return new Map(Object.entries(content).map(([type, { schema }]) => [type, schema ?? {}]));
}

/** Looks references up, and validates against the document's schemas. */
export class Schemas {
  readonly #components: OpenApiDocument["components"];
  readonly #validators = new Map<Schema, Validator>();

  constructor({ components }: OpenApiDocument) {
    this.#components = components;
  }

  /** The schema that a `$ref` names; any other as it is. Throws for a reference that leads nowhere. */
  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const name = schema.$ref.replace("#/components/schemas/", "");
    const found = this.#components.schemas[name];
    if (found === undefined) throw new Error(`${schema.$ref} is not in the document.`);
    return this.resolve(found);
  }

  /** What is wrong with the value; null when nothing is. */
  faultOf(value: unknown, schema: Schema): string | null {
    let validator = this.#validators.get(schema);
    if (validator === undefined) {
      validator = new Validator({ ...schema, components: this.#components }, "2020-12");
      this.#validators.set(schema, validator);
    }
    const { valid, errors } = validator.validate(value);
    if (valid) return null;
    const deepest = errors.at(-1);
    return deepest === undefined ? "unknown" : `${deepest.instanceLocation}: ${deepest.error}`;
  }
}
