// What the program's answers named: identifiers, names and versions, to be asked for again.

const KEPT = 40;
const WORTH = /(?:id|name|version|app|image|module|node|lattice|container)$/i;

export class Pool {
  readonly #byName = new Map<string, string[]>();
  readonly #untouchable: ReadonlySet<string>;

  /** The untouchable values are never asked for: what the fuzzer itself lives on. */
  constructor(untouchable: readonly string[]) {
    this.#untouchable = new Set(untouchable);
  }

  /** Keeps what an answer of this path holds. */
  learn(path: string, value: unknown, name = ""): void {
    if (Array.isArray(value)) {
      for (const each of value) this.learn(path, each, name);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, each] of Object.entries(value)) this.learn(path, each, key);
    } else if (typeof value === "string" && value !== "" && WORTH.test(name)) {
      this.#keep(keyOf(name), value);
      this.#keep(`${collectionOf(path)} ${shortOf(name)}`, value);
    }
  }

  /** Values that a property or parameter of this name had. */
  named(name: string): readonly string[] {
    return this.#byName.get(keyOf(name)) ?? [];
  }

  /** Values that fit a path's parameter: of its own name, or the identifiers of its collection. */
  ofParameter(path: string, name: string): readonly string[] {
    if (name === "lattice") return this.named(name);
    const before = path.slice(0, path.indexOf(`{${name}}`));
    const own = this.#byName.get(`${collectionOf(before)} ${shortOf(name)}`) ?? [];
    return own.length > 0 ? own : this.named(name);
  }

  #keep(key: string, value: string): void {
    if (this.#untouchable.has(value) || value.length > 200) return;
    const values = this.#byName.get(key) ?? [];
    if (values.includes(value)) return;
    values.push(value);
    if (values.length > KEPT) values.shift();
    this.#byName.set(key, values);
  }
}

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, "");
}

/** `moduleId`, `module_id` and `id` are all identifiers of what the path collects. */
function shortOf(name: string): string {
  const key = keyOf(name);
  return key.endsWith("id") ? "id" : key.endsWith("version") ? "version" : "name";
}

/** The path's words before its first parameter, without the API's own. */
function collectionOf(path: string): string {
  const [before = ""] = path.split("{");
  return before.replace("/api/v1", "").split("/").filter(Boolean).slice(0, 2).join("/");
}
