// Counts what the Worker asks of its bindings, and the rows that its databases read and write for it. It runs inside the
// Worker, put around `env` by the bench's own entry module; the product knows nothing of it.

/** Who asked (`request`, or the class of the object that did) and what for, such as `request DB query`. */
const counts = new Map<string, number>();

export function readCounts(): Record<string, number> {
  return Object.fromEntries(counts);
}

const wrapped = new WeakMap<object, Map<string, object>>();

/** The same bindings; each use is counted under `origin`. */
export function counted<Bindings extends object>(env: Bindings, origin: string): Bindings {
  const byOrigin = wrapped.get(env) ?? new Map<string, object>();
  wrapped.set(env, byOrigin);
  const known = byOrigin.get(origin);
  // Put there by the line below, for the same bindings.
  if (known !== undefined) return known as Bindings;
  const bindings = new Map<string | symbol, unknown>();
  const proxy = new Proxy(env, {
    get(target, key) {
      if (!bindings.has(key))
        bindings.set(key, wrap(Reflect.get(target, key), String(key), origin));
      return bindings.get(key);
    },
  });
  byOrigin.set(origin, proxy);
  return proxy;
}

/** The class with its bindings counted under its name. */
export function countedClass<Class extends new (state: object, env: object) => object>(
  base: Class,
  name: string,
): Class {
  return {
    [name]: class extends (base as new (state: object, env: object) => object) {
      constructor(state: object, env: object) {
        // What an object is given has its storage; what an entrypoint is given has none.
        const { storage } = state as { readonly storage?: Storage };
        if (storage !== undefined) countStorage(storage);
        super(state, counted(env, name));
      }
    },
  }[name] as unknown as Class;
}

function wrap(binding: unknown, name: string, origin: string): unknown {
  if (typeof binding !== "object" || binding === null) return binding;
  if ("prepare" in binding) {
    // It can prepare: it is D1.
    countRows(binding as unknown as Database);
    const [prepare, batch] = [`${origin} ${name} query`, `${origin} ${name} batch`];
    return onCall(binding, { prepare, batch });
  }
  if (name === "LOADER") return loader(binding as Loader, `${origin} ${name} call`);
  if ("createMultipartUpload" in binding) {
    const [read, write] = [`${origin} ${name} read`, `${origin} ${name} write`];
    return onCall(binding, { get: read, head: read, list: read, put: write, delete: write });
  }
  if ("idFromName" in binding) return namespace(binding, `${origin} ${name} call`);
  return binding;
}

/** A namespace whose stubs count every call of a method. */
function namespace(binding: object, what: string): object {
  const makers = new Set<string | symbol>(["get", "getByName"]);
  return new Proxy(binding, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      if (!makers.has(key)) return member.bind(target);
      return (...given: unknown[]) => stub(member.apply(target, given), what);
    },
  });
}

type Loader = { get: (...given: unknown[]) => Isolate };
type Isolate = { getEntrypoint: (...given: unknown[]) => object };

/**
 * Isolates whose entrypoints count every call: each is billed as a request, with what is asked over a session that it
 * opens.
 */
function loader(binding: Loader, what: string): object {
  const isolate = (loaded: Isolate): object => ({
    getEntrypoint: (...given: unknown[]) => stub(loaded.getEntrypoint(...given), what),
  });
  return { get: (...given: unknown[]) => isolate(binding.get(...given)) };
}

type Database = { withSession: () => object };
type Meta = { readonly meta?: { readonly rows_read?: number; readonly rows_written?: number } };
type Storage = { readonly sql: object; readonly kv: object };
type Method = (this: object, ...given: unknown[]) => unknown;

const patched = new WeakSet<object>();

/** D1 says with each answer what it will bill; drizzle drops it, so it is read where all answers pass. */
function countRows(database: Database): void {
  // A query's answer or, of a batch, one for each.
  const look = async (answer: Promise<Meta | Meta[]>): Promise<void> => {
    for (const { meta } of [await answer].flat()) {
      count("D1 row read", meta?.rows_read ?? 0);
      count("D1 row written", meta?.rows_written ?? 0);
    }
  };
  patch(Object.getPrototypeOf(database.withSession()), "_send", (answer) => {
    // A query that failed is its asker's to tell of.
    look(answer as Promise<Meta | Meta[]>).catch(() => {});
  });
}

/** Rows of objects' own databases; a key that is put and an alarm that is set are billed as rows that are written. */
function countStorage(storage: Storage): void {
  patch(Object.getPrototypeOf(storage.sql), "exec", (answer) => {
    const cursor = answer as { readonly rowsRead: number; readonly rowsWritten: number };
    // It is iterated before anything else has a turn.
    queueMicrotask(() => {
      count("object row read", cursor.rowsRead);
      count("object row written", cursor.rowsWritten);
    });
  });
  const written = (): void => count("object row written");
  for (const method of ["put", "delete"]) {
    patch(Object.getPrototypeOf(storage.kv), method, written);
    patch(Object.getPrototypeOf(storage), method, written);
  }
  patch(Object.getPrototypeOf(storage), "setAlarm", written);
}

/** Once for all of this isolate: what the method answers is looked at, and answered as it is. */
function patch(prototype: Record<string, Method>, method: string, look: (answer: unknown) => void) {
  const real = prototype[method];
  if (real === undefined) throw new Error(`There is no method ${method} to count by.`);
  if (patched.has(real)) return;
  const counting: Method = function (...given) {
    const answer = real.apply(this, given);
    look(answer);
    return answer;
  };
  patched.add(counting);
  prototype[method] = counting;
}

function stub(target: object, what: string): object {
  return new Proxy(target, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        count(what);
        // Called as a method: to a remote method, "apply" would be the name of another one.
        return (target as Record<typeof key, (...given: unknown[]) => unknown>)[key]?.(...given);
      };
    },
  });
}

function onCall(binding: object, counted: Readonly<Record<string, string>>): object {
  return new Proxy(binding, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      const what = counted[String(key)];
      return (...given: unknown[]) => {
        if (what !== undefined) count(what);
        return member.apply(target, given);
      };
    },
  });
}

function count(what: string, times = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + times);
}
