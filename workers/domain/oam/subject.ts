// Subjects of the wadm API: `wadm.api.{lattice}.model.{operation}[.{name}]`, an account before it where there are many.

/** What each operation is about: a model by its name, or none. */
const OPERATIONS = {
  put: false,
  list: false,
  get: true,
  versions: true,
  del: true,
  deploy: true,
  undeploy: true,
  status: true,
} as const;

export type ModelOperation = keyof typeof OPERATIONS;

export type ModelRequest = {
  /** The lattice, or `account.lattice`: what models are kept under. */
  readonly lattice: string;
  readonly operation: ModelOperation;
  /** Empty for those about no model. */
  readonly name: string;
};

export type ParsedSubject =
  | { readonly ok: true; readonly request: ModelRequest }
  | { readonly ok: false; readonly message: string };

/** For a subject that begins with `wadm.api.` or `{account}.wadm.api.`. */
export function parseModelSubject(subject: string): ParsedSubject {
  const tokens = subject.split(".");
  const account = tokens[0] === "wadm" ? null : tokens.shift();
  const [, , lattice, category, operation = "", name, ...more] = tokens;
  if (lattice === undefined || category !== "model" || operation === "")
    return unsupported(subject);
  if (more.length > 0) return { ok: false, message: `Invalid subject: ${subject}` };
  const kept = account == null ? lattice : `${account}.${lattice}`;
  if (operation === "get" && name === undefined) return taken(kept, "list", "");
  if (operation === "history") {
    return { ok: false, message: "History is not supported: versions tells what is stored." };
  }
  if (!isOperation(operation)) return unsupported(subject);
  const isNamed = OPERATIONS[operation];
  if (!isNamed && name !== undefined) return { ok: false, message: `Invalid subject: ${subject}` };
  return isNamed === (name !== undefined)
    ? taken(kept, operation, name ?? "")
    : unsupported(subject);
}

function taken(lattice: string, operation: ModelOperation, name: string): ParsedSubject {
  return { ok: true, request: { lattice, operation, name } };
}

function isOperation(word: string): word is ModelOperation {
  return Object.hasOwn(OPERATIONS, word);
}

function unsupported(subject: string): ParsedSubject {
  return { ok: false, message: `Unsupported subject: ${subject}` };
}
