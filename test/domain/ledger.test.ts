// The chain: any single change, swap, gap or cut of what was sealed is found, and secrets are not sealed at all.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENESIS, entryOf, firstBreak, ledgerEntry, seal } from "#domain/ledger.ts";
import type { Link, NewLedgerEntry } from "#domain/ledger.ts";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const said: NewLedgerEntry = {
  actor: "ada",
  action: "module:delete",
  resource: "modules:hello-v1.0.0",
  result: "success",
};

function chain(length: number): Link[] {
  const links: Link[] = [];
  for (let index = 0; index < length; index += 1) {
    const entry = ledgerEntry(said, { id: `entry-${index}`, now: 1_000 + index });
    links.push(seal(entry, links.at(-1) ?? GENESIS, digest));
  }
  return links;
}

const broken = (links: readonly Link[]): number | null =>
  firstBreak(links, GENESIS, digest)?.sequence ?? null;

describe("a chain", () => {
  test("that nobody touched is whole", () => {
    expect(firstBreak(chain(20), GENESIS, digest)).toBeNull();
  });

  test("gives back what was sealed", () => {
    const [link] = chain(1);
    expect(link && entryOf(link)).toMatchObject({ ...said, sequence: 1, id: "entry-0", at: 1_000 });
  });

  test("with one character of one entry changed is broken there", () => {
    fc.assert(
      fc.property(fc.nat(19), fc.nat(), (index, at) => {
        const links = chain(20);
        const { body } = links[index] ?? { body: "" };
        const place = at % body.length;
        const other = body[place] === "x" ? "y" : "x";
        const changed = body.slice(0, place) + other + body.slice(place + 1);
        links[index] = { ...links[index], body: changed } as Link;
        expect(broken(links)).toBe(index + 1);
      }),
    );
  });

  test.each(["id", "hash"] as const)(
    "with the %s of one entry changed is broken there",
    (field) => {
      for (let index = 0; index < 20; index += 1) {
        const links = chain(20);
        links[index] = { ...links[index], [field]: "0".repeat(64) } as Link;
        expect(broken(links)).toBe(index + 1);
      }
    },
  );

  test("with an entry that was sealed anew is broken at the next one", () => {
    const links = chain(20);
    const forged = ledgerEntry({ ...said, actor: "eve" }, { id: "entry-9", now: 1_009 });
    links[9] = seal(forged, links[8] ?? GENESIS, digest);
    expect(broken(links)).toBe(11);
  });

  test("with two entries in each other's place is broken at the first of them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(19), { minLength: 2, maxLength: 2 }), (pair) => {
        const [one = 0, other = 0] = pair.sort((a, b) => a - b);
        const links = chain(20);
        const swapped = links.map((link, index) => {
          const from = index === one ? other : index === other ? one : index;
          return { ...links[from], sequence: link.sequence } as Link;
        });
        expect(broken(swapped)).toBe(one + 1);
      }),
    );
  });

  test("that lacks an entry before its last is broken at the gap", () => {
    for (let index = 0; index < 19; index += 1) {
      expect(broken(chain(20).toSpliced(index, 1))).toBe(index + 1);
    }
  });
});

describe("an entry", () => {
  const sealed = (given: Partial<NewLedgerEntry>): string =>
    JSON.stringify(ledgerEntry({ ...said, ...given }, { id: "a", now: 1 }));

  test.each([
    [{ evidence: { password: "hunter2" } }],
    [{ evidence: { deep: { list: [{ refresh_token: "hunter2" }] } } }],
    [{ evidence: { Authorization: "hunter2" } }],
    [{ evidence: { mfa_code: "hunter2" } }],
    [{ reason: "it was eyJhbGciOiJIUzI1NiJ9.hunter2.c2ln" }],
    [{ reason: "sent Bearer hunter2" }],
    [{ resource: "modules:eyJhbGciOiJIUzI1NiJ9.hunter2.c2ln" }],
  ])("strikes out what looks like a secret in %j", (given) => {
    expect(sealed(given)).not.toContain("hunter2");
    expect(sealed(given)).toContain("struck out");
  });

  test("holds bounded evidence", () => {
    expect(sealed({ evidence: { long: "x".repeat(100_000) } }).length).toBeLessThan(2_000);
  });
});
