// By what a request finds its workload: an app by its name, an HTTP server of a lattice by its port, a component by a link.

export type EndpointKey =
  | { readonly type: "app"; readonly name: string }
  | { readonly type: "port"; readonly lattice: string; readonly port: number }
  | { readonly type: "component"; readonly lattice: string; readonly name: string };

/** Only what is inside may ask by it: no name from outside holds a slash. */
export function componentKey(lattice: string, name: string): string {
  return `${lattice}/${name}`;
}

/** `name`, `lattice:port`, or what `componentKey` gives. */
export function parseEndpointKey(key: string): EndpointKey {
  const slash = key.indexOf("/");
  if (slash >= 0) {
    return { type: "component", lattice: key.slice(0, slash), name: key.slice(slash + 1) };
  }
  const [, lattice, port] = /^([^:]+):(\d{1,5})$/.exec(key) ?? [];
  if (lattice === undefined) return { type: "app", name: key };
  return { type: "port", lattice, port: Number(port) };
}
