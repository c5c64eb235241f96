// Whether the ledger has what this file's tests changed.
import { expect } from "vitest";
import { isAction, isChange } from "#domain/role.ts";
import { changed } from "#test/builders/client.ts";
import { ledgerEntries } from "#test/builders/ledger.ts";
import { ROWS } from "#test/routes/permissions/table.ts";

/** The rows of all operations that change anything. */
export const CHANGES = ROWS.filter(([, action]) => isAction(action) && isChange(action));

const MEANT = CHANGES.map(([operation, action]) => ({
  action,
  path: new RegExp(`^${operation.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

/** Each change has the one entry that says so, under its request's id. */
export async function expectRecorded(): Promise<void> {
  const entries = await ledgerEntries();
  const wanted = changed.flatMap(({ operation, requestId }) => {
    const [path = ""] = operation.split("?");
    const change = MEANT.find((one) => one.path.test(path));
    return change === undefined ? [] : [{ operation, requestId, action: change.action }];
  });
  expect(wanted.length).toBeGreaterThan(0);
  const found = wanted.map((one) => ({
    ...one,
    results: entries
      .filter(({ requestId, action }) => requestId === one.requestId && action === one.action)
      .map(({ result }) => result),
  }));
  expect(found).toEqual(wanted.map((one) => ({ ...one, results: ["success"] })));
}
