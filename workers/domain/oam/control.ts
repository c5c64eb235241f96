// Subjects of wasmCloud's control interface: `wasmbus.ctl.v1.{lattice}.{noun}.{verb}[.{object}]`. What hosts and clients
// of other systems do by it that has no meaning here is refused, with where it is done instead.
import type { Action } from "#domain/role.ts";

/** What each is to roles and the ledger, and whether its subject names an object. */
const OPERATIONS = {
  "host.ping": { action: "lattice:read", object: "none" },
  "host.get": { action: "lattice:read", object: "either" },
  "config.get": { action: "lattice:read", object: "one" },
  "config.put": { action: "lattice:change", object: "one" },
  "config.del": { action: "lattice:change", object: "one" },
  "link.get": { action: "lattice:read", object: "none" },
  "link.put": { action: "lattice:change", object: "none" },
  "link.del": { action: "lattice:change", object: "none" },
  "label.put": { action: "node:change", object: "one" },
  "label.del": { action: "node:change", object: "one" },
  "component.scale": { action: "lattice:change", object: "one" },
  "component.update": { action: "lattice:change", object: "one" },
} as const satisfies Readonly<
  Record<string, { action: Action; object: "none" | "one" | "either" }>
>;

const PROVIDERS =
  "Capability providers are the platform's own and on every host: a capability of a deployed manifest, or a link, takes one into use.";
const REFUSED: Readonly<Record<string, string>> = {
  "provider.start": PROVIDERS,
  "provider.stop": PROVIDERS,
  "provider.auction": PROVIDERS,
  "component.auction":
    "Hosts don't bid here: name one that host.get tells, or let a spreadscaler choose.",
  "host.stop":
    "A host is a node, which serves every lattice: PUT /api/v1/wasm/nodes/{id} puts it into maintenance.",
  "claims.get": "Modules carry no signed claims here.",
};

type ControlOperation = keyof typeof OPERATIONS;

export type ControlRequest = {
  readonly lattice: string;
  readonly operation: ControlOperation;
  readonly action: Action;
  /** A host's id, or a config's name; null where the subject names none. */
  readonly object: string | null;
};

export type ParsedControl =
  | { readonly ok: true; readonly request: ControlRequest }
  | { readonly ok: false; readonly message: string };

const PREFIX = "wasmbus.ctl.v1.";
const LATTICE = /^[\w-]{1,63}$/;

/** For a subject that begins with `wasmbus.ctl.v1.`. */
export function parseControlSubject(subject: string): ParsedControl {
  const [lattice = "", noun = "", verb = "", ...rest] = subject.slice(PREFIX.length).split(".");
  const operation = `${noun}.${verb}`;
  const refusal = REFUSED[operation];
  if (refusal !== undefined) return { ok: false, message: refusal };
  if (!LATTICE.test(lattice) || !isOperation(operation)) {
    return { ok: false, message: `Unsupported subject: ${subject}` };
  }
  // An id of a node may have dots.
  const named = rest.length === 0 ? null : rest.join(".");
  const { action, object } = OPERATIONS[operation];
  if ((object === "none" && named !== null) || (object === "one" && named === null)) {
    return { ok: false, message: `Invalid subject: ${subject}` };
  }
  return { ok: true, request: { lattice, operation, action, object: named } };
}

function isOperation(word: string): word is ControlOperation {
  return Object.hasOwn(OPERATIONS, word);
}
