// Answers in the 003 document's envelope, asked by the Admin whom the secrets name, and what stands in their fields.
import { expect } from "vitest";
import type { Answer, Json } from "#test/builders/client.ts";
import { admin } from "#test/builders/users.ts";

export type Body = { readonly success: boolean; readonly data: unknown };

export const id = expect.stringMatching(/^[\da-f-]{36}$/);
export const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/);
export const text = expect.any(String);
export const number = expect.any(Number);

/** The data of an answer of that status. */
export async function dataOf(answer: Promise<Answer<Body>>, status = 200): Promise<unknown> {
  const { status: answered, body } = await answer;
  expect([answered, body]).toEqual([status, { success: true, data: expect.anything() }]);
  return body.data;
}

export async function get(path: string): Promise<unknown> {
  return dataOf((await admin()).get<Body>(path));
}

export async function post(path: string, json?: Json): Promise<unknown> {
  return dataOf((await admin()).post<Body>(path, json));
}
