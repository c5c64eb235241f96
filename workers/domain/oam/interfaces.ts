// Interfaces of the namespaces that everyone shares: a name there that isn't known is most likely misspelt.

const KEYVALUE = ["store", "atomics", "batch", "watch", "watcher"];
const HTTP = ["incoming-handler", "outgoing-handler"];
const BLOBSTORE = ["blobstore", "container", "types"];

const KNOWN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  wasi: {
    blobstore: BLOBSTORE,
    config: ["runtime", "store"],
    http: HTTP,
    keyvalue: KEYVALUE,
    logging: ["logging"],
    messaging: ["consumer", "producer", "request-reply", "incoming-handler"],
  },
  wasmcloud: {
    bus: ["lattice"],
    couchbase: ["document"],
    messaging: ["consumer", "handler"],
    postgres: ["query", "prepared"],
    secrets: ["store", "reveal"],
  },
  wrpc: { blobstore: BLOBSTORE, http: HTTP, keyvalue: KEYVALUE },
};

/** Null where it is known, or nobody here can know it. */
export function interfaceWarning(namespace: string, pack: string, name: string): string | null {
  const packages = own(KNOWN, namespace);
  if (packages === undefined) return null;
  const interfaces = own(packages, pack);
  if (interfaces === undefined) return `${namespace} has no package ${pack} that is known`;
  return interfaces.includes(name)
    ? null
    : `${namespace}:${pack} has no interface ${name} that is known`;
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
