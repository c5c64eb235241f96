// Applications' manifests out of their parts. As JSON each is YAML too; the texts of the documents stand in
// test/domain/oam/manifests.ts.
import type { Json } from "#test/builders/client.ts";

type Words = Readonly<Record<string, string>>;

/** Providers by what wasmCloud calls their images. */
const PROVIDERS = {
  blobstore: "ghcr.io/wasmcloud/blobstore-fs:0.10.1",
  keyvalue: "ghcr.io/wasmcloud/keyvalue-nats:0.3.1",
  messaging: "ghcr.io/wasmcloud/messaging-nats:0.24.0",
  server: "ghcr.io/wasmcloud/http-server:0.23.0",
} as const;

export function manifest(
  components: readonly Json[],
  {
    name = "app",
    version,
    policies,
  }: {
    readonly name?: string;
    readonly version?: string;
    readonly policies?: readonly Json[];
  } = {},
): string {
  const annotations = version === undefined ? {} : { annotations: { version } };
  return JSON.stringify({
    apiVersion: "core.oam.dev/v1beta1",
    kind: "Application",
    metadata: { name, ...annotations },
    spec: { components, ...(policies === undefined ? {} : { policies }) },
  });
}

/** One that runs so many times in a region: in all, or on each node. */
export function component(
  name: string,
  of: {
    readonly image: string;
    readonly region: string;
    readonly instances?: number;
    readonly scaler?: "spreadscaler" | "daemonscaler";
    readonly config?: Words;
    readonly links?: readonly Json[];
    /** More of its properties. */
    readonly properties?: Json;
  },
): Json {
  const { region, instances = 1, scaler = "spreadscaler", config, links = [] } = of;
  const spread = [{ name: "here", requirements: { region } }];
  const configs = config === undefined ? {} : { config: [named(`${name}-words`, config)] };
  return {
    name,
    type: "component",
    properties: { image: of.image.replace("-v", ":"), ...configs, ...of.properties },
    traits: [{ type: scaler, properties: { instances, spread } }, ...links],
  };
}

export function provider(
  name: string,
  kind: keyof typeof PROVIDERS,
  links: readonly Json[] = [],
): Json {
  return { name, type: "capability", properties: { image: PROVIDERS[kind] }, traits: links };
}

/** `uses`: `wasi:keyvalue/store,atomics`. */
export function link(
  target: string,
  uses: string,
  of: { readonly name?: string; readonly source?: Words; readonly target?: Words } = {},
): Json {
  const [namespace = "", pack = "", interfaces = ""] = uses.split(/[:/]/);
  const own = `${target}-${interfaces}-${of.name ?? ""}`;
  return {
    type: "link",
    properties: {
      ...(of.name === undefined ? {} : { name: of.name }),
      target:
        of.target === undefined
          ? target
          : { name: target, config: [named(`${own}-target`, of.target)] },
      namespace,
      package: pack,
      interfaces: interfaces.split(","),
      ...(of.source === undefined
        ? {}
        : { source: { config: [named(`${own}-source`, of.source)] } }),
    },
  };
}

/** An HTTP server whose port leads to the component. */
export function server(target: string, port = 8000): Json {
  const address = `0.0.0.0:${port}`;
  return provider("server", "server", [
    link(target, "wasi:http/incoming-handler", { source: { address } }),
  ]);
}

function named(name: string, properties: Words): Json {
  return { name, properties };
}
