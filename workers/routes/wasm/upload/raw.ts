// An upload as a raw body: all of it is the binary, and its fields are in the query or in headers.
import type { HonoRequest } from "hono";
import type { Binary } from "./binary.ts";
import type { Body, Parts } from "./body.ts";
import { fromText } from "./text.ts";

/** Field names as headers of a raw upload carry them, and as query parameters do. */
export const UPLOAD_HEADERS = {
  name: "X-Module-Name",
  version: "X-Module-Version",
  description: "X-Module-Description",
  wasiVersion: "X-Module-Wasi-Version",
  requiredInterfaces: "X-Module-Required-Interfaces",
  limits: "X-Module-Limits",
  metadata: "X-Module-Metadata",
  files: "X-Module-Files",
} as const;

export class RawBody implements Body {
  readonly #binary: Binary;
  readonly #request: HonoRequest;

  constructor(binary: Binary, request: HonoRequest) {
    this.#binary = binary;
    this.#request = request;
  }

  write(chunk: Uint8Array): void {
    this.#binary.append(chunk);
  }

  end(): Parts {
    const given = Object.entries(UPLOAD_HEADERS).flatMap(([field, header]) => {
      const value = this.#request.query(field) ?? this.#request.header(header);
      return value === undefined ? [] : [[field, value] as const];
    });
    return { fields: fromText(given), bytes: this.#binary.bytes };
  }
}
