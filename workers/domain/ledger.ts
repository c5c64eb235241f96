// What the ledger keeps: who did what to which resource, how it ended and why, each entry chained to the one before
// by its hash. Secrets never get in: what looks like one is struck out before an entry is sealed.
export type LedgerResult = "success" | "failure" | "refused";

export type LedgerEntry = {
  /** The same id is the same entry: sent again, it is not written again. */
  readonly id: string;
  readonly at: number;
  /** A user's name, `node:<id>`, `system`, or null for nobody who could be told. */
  readonly actor: string | null;
  readonly actorId: string | null;
  readonly action: string;
  /** `kind:name`, or `kind:*` for the kind as a whole. */
  readonly resource: string;
  readonly result: LedgerResult;
  readonly reason: string | null;
  readonly evidence: Evidence;
  readonly address: string | null;
  readonly requestId: string | null;
};

type Evidence = Readonly<Record<string, unknown>>;

/** What a caller must tell; the rest has a value that says nothing. */
export type NewLedgerEntry = Pick<LedgerEntry, "actor" | "action" | "resource" | "result"> &
  Partial<LedgerEntry>;

export type SealedEntry = LedgerEntry & {
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
};

/** A link of the chain as it is stored: `body` is exactly what was hashed. */
export type Link = {
  readonly sequence: number;
  readonly id: string;
  readonly body: string;
  readonly hash: string;
};

export type Tip = { readonly sequence: number; readonly hash: string };
export type Digest = (text: string) => string;
export type Break = { readonly sequence: number; readonly reason: string };

/** What the first entry follows. */
export const GENESIS: Tip = { sequence: 0, hash: "0".repeat(64) };

const REASON_MAX = 500;
const NAME_MAX = 300;
const EVIDENCE_MAX = 16_384;
const SECRET_KEY =
  /passw|secret|token|authori[sz]ation|cookie|credential|private|mfa_?code|api_?key/i;
const SECRET_VALUE = /\beyJ[\w-]+\.[\w-]+\.[\w-]*|\bBearer\s+\S+/g;
const STRUCK = "[struck out]";

export function ledgerEntry(
  given: NewLedgerEntry,
  fresh: { id: string; now: number },
): LedgerEntry {
  const evidence = struck(given.evidence ?? {});
  return {
    id: given.id ?? fresh.id,
    at: given.at ?? fresh.now,
    actor: cut(given.actor, NAME_MAX),
    actorId: given.actorId ?? null,
    action: given.action,
    resource: cut(given.resource, NAME_MAX) ?? "",
    result: given.result,
    reason: cut(given.reason ?? null, REASON_MAX),
    evidence: JSON.stringify(evidence).length > EVIDENCE_MAX ? { cut: "too long" } : evidence,
    address: given.address ?? null,
    requestId: given.requestId ?? null,
  };
}

export function seal(entry: LedgerEntry, tip: Tip, digest: Digest): Link {
  const sequence = tip.sequence + 1;
  const body = bodyOf({ ...entry, sequence, previous: tip.hash });
  return { sequence, id: entry.id, body, hash: digest(body) };
}

/** The one text of an entry: its fields in this order and no other. */
function bodyOf(entry: Omit<SealedEntry, "hash">): string {
  const { sequence, previous, id, at, actor, actorId, action, resource } = entry;
  const { result, reason, evidence, address, requestId } = entry;
  const said = [actor, actorId, action, resource, result, reason, evidence, address, requestId];
  return JSON.stringify([sequence, previous, id, at, ...said]);
}

export function entryOf({ body, hash }: Pick<Link, "body" | "hash">): SealedEntry {
  // Written by `bodyOf` alone, and looked at by `firstBreak` wherever that is doubted.
  const [sequence, previous, id, at, actor, actorId, action, resource, ...rest] = JSON.parse(
    body,
  ) as [number, string, string, number, string | null, string | null, string, string, ...unknown[]];
  const [result, reason, evidence, address, requestId] = rest as [
    LedgerResult,
    string | null,
    Evidence,
    string | null,
    string | null,
  ];
  const who = { actor, actorId, action, resource, result, reason, evidence, address, requestId };
  return { sequence, previous, id, at, ...who, hash };
}

/** The first link that does not follow from the one before; null when all do. `tip` is what they follow. */
export function firstBreak(links: readonly Link[], tip: Tip, digest: Digest): Break | null {
  let before = tip;
  for (const link of links) {
    const reason = faultIn(link, before, digest);
    if (reason !== null) return { sequence: before.sequence + 1, reason };
    before = link;
  }
  return null;
}

function faultIn(link: Link, before: Tip, digest: Digest): string | null {
  const expected = before.sequence + 1;
  if (link.sequence !== expected) return `expected entry ${expected}, found entry ${link.sequence}`;
  if (digest(link.body) !== link.hash) return "its text does not have its hash";
  const { sequence, previous, id } = entryOf(link);
  if (sequence !== link.sequence) return `its text is that of entry ${sequence}`;
  if (previous !== before.hash) return "it does not follow the entry before it";
  return id === link.id ? null : "its id is not that of its text";
}

function cut(text: string | null, length: number): string | null {
  return text === null ? null : text.replaceAll(SECRET_VALUE, STRUCK).slice(0, length);
}

function struck(value: Evidence): Evidence {
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key,
      SECRET_KEY.test(key) ? STRUCK : struckValue(held),
    ]),
  );
}

function struckValue(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(SECRET_VALUE, STRUCK);
  if (Array.isArray(value)) return value.map(struckValue);
  if (typeof value !== "object" || value === null) return value;
  return struck(value as Evidence);
}
