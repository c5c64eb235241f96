// What instances may reach beside the network: host services of the platform's own, and other components, each by a
// link that the lattice keeps. A guest can name only what its links lead to.

import type { BlobAnswer, BlobRequest } from "./blobstore.ts";
import type { SecretGrant } from "./secret.ts";
import type { KeyvalueAnswer, KeyvalueRequest } from "./keyvalue.ts";

/** What the platform itself provides in place of wasmCloud's capability providers. */
export type HostService = "keyvalue" | "blobstore" | "httpserver" | "httpclient" | "messaging";

/** A link as the lattice keeps it: who uses what of whom, and how each end is set up. */
export type LatticeLink = {
  readonly lattice: string;
  /** Ids of components, or of what provides for them. */
  readonly source: string;
  readonly target: string;
  /** Tells links of the same source and interfaces apart. */
  readonly name: string;
  readonly namespace: string;
  readonly package: string;
  readonly interfaces: readonly string[];
  readonly sourceConfig: Readonly<Record<string, string>>;
  readonly targetConfig: Readonly<Record<string, string>>;
  /** The configs that these came of. */
  readonly sourceConfigNames: readonly string[];
  readonly targetConfigNames: readonly string[];
  /** The port at which the source, an HTTP server, answers for the target; null for any other link. */
  readonly port: number | null;
  /** The model that asks for it; null for one that was put by hand. */
  readonly model: string | null;
};

/** A config by its name, which components and links may name. */
export type NamedConfig = {
  readonly lattice: string;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  readonly model: string | null;
};

/** `scope` names what is kept: nobody else has it. */
export type StoreGrant = {
  readonly service: "keyvalue" | "blobstore";
  readonly name: string;
  readonly scope: string;
};

/** Calls of these interfaces, `my:shop/cart`, are the component's to answer. */
export type LinkGrant = {
  readonly service: "link";
  readonly name: string;
  readonly lattice: string;
  readonly component: string;
  readonly interfaces: readonly string[];
};

/** What an instance's host lets it reach. */
export type Grant =
  | StoreGrant
  | SecretGrant
  | LinkGrant
  | { readonly service: "messaging"; readonly name: string; readonly lattice: string }
  /** Requests to `http://{host}/` are the component's, whatever the module's network is. */
  | {
      readonly service: "component";
      readonly host: string;
      readonly lattice: string;
      readonly component: string;
    };

/** What a guest's isolate may ask of its host. */
export interface HostCalls {
  /** The bucket's name is that of a link, else it is one of the default link's. Null: no link leads to a store. */
  keyvalue(bucket: string, request: KeyvalueRequest): Promise<KeyvalueAnswer | null>;
  /** A container's name leads where a bucket's does. */
  blobstore(request: BlobRequest): Promise<BlobAnswer | null>;
  /** By the name that the manifest gives it; null where it gives none, or it isn't there any more. */
  secret(name: string): Promise<string | Uint8Array | null>;
}
