// Counts what the Worker asks of its bindings. It runs inside the Worker, put around `env` by the bench's own entry
// module; the product knows nothing of it.

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
        super(state, counted(env, name));
      }
    },
  }[name] as unknown as Class;
}

function wrap(binding: unknown, name: string, origin: string): unknown {
  if (typeof binding !== "object" || binding === null) return binding;
  if ("prepare" in binding) return onCall(binding, { prepare: `${origin} ${name} query` });
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

function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
