// A component's only way to what the platform keeps for it: its isolate is built with a stub of this, which knows what the
// instance's links grant. What no link leads to can't be named here.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { BlobAnswer, BlobRequest } from "#domain/blobstore.ts";
import type { KeyvalueAnswer, KeyvalueRequest } from "#domain/keyvalue.ts";
import type { Grant, HostCalls, StoreGrant } from "#domain/link.ts";
import { Blobs } from "#stores/blobs.ts";
import { valueOf } from "#domain/secret.ts";
import { findSecret } from "#stores/secrets.ts";
import { keyvalueOf } from "#stores/objects.ts";

/** Whose services they are. The platform keeps it beside the stub; a guest can neither see nor change it. */
export type HostProps = { readonly grants: readonly Grant[] };

export class HostServices extends WorkerEntrypoint<Env, HostProps> implements HostCalls {
  async keyvalue(bucket: string, request: KeyvalueRequest): Promise<KeyvalueAnswer | null> {
    const scope = this.#scopeOf("keyvalue", bucket);
    return scope === null ? null : keyvalueOf(this.env, scope).perform(bucket, request);
  }

  async blobstore(request: BlobRequest): Promise<BlobAnswer | null> {
    const containers = [request.container, ...("to" in request ? [request.to.container] : [])];
    const scopes = new Map(containers.map((name) => [name, this.#scopeOf("blobstore", name)]));
    if ([...scopes.values()].includes(null)) return null;
    return new Blobs(this.env, (container) => scopes.get(container) ?? "").perform(request);
  }

  async secret(name: string): Promise<string | Uint8Array | null> {
    const grant = this.ctx.props.grants.find(({ service }) => service === "secrets");
    if (grant?.service !== "secrets") return null;
    const named = grant.secrets.find((secret) => secret.name === name);
    if (named === undefined) return null;
    const secret = await findSecret(this.env, { lattice: grant.lattice, name: named.key });
    return secret === null ? null : valueOf(secret, named.field);
  }

  /** What the link of that name keeps, else what the default one does; null where neither is there. */
  #scopeOf(service: StoreGrant["service"], name: string): string | null {
    const grants = this.ctx.props.grants.filter((grant) => isStore(grant, service));
    const grant =
      grants.find((grant) => grant.name === name) ?? grants.find(({ name }) => name === "default");
    return grant?.scope ?? null;
  }
}

function isStore(grant: Grant, service: StoreGrant["service"]): grant is StoreGrant {
  return grant.service === service;
}
