// A component's only way to what the platform keeps for it: its isolate is built with a stub of this, which knows what the
// instance's links grant. What no link leads to can't be named here.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { KeyvalueAnswer, KeyvalueRequest } from "#domain/keyvalue.ts";
import type { Grant, HostCalls, KeyvalueGrant } from "#domain/link.ts";
import { mayPublish } from "#domain/nats/permission.ts";
import { isServiced } from "#domain/nats/service.ts";
import { isSubject } from "#domain/nats/subject.ts";
import { keyvalueOf, natsOf } from "#stores/objects.ts";

/** Whose services they are. The platform keeps it beside the stub; a guest can neither see nor change it. */
export type HostProps = { readonly grants: readonly Grant[] };

const MESSAGE_BYTES_MAX = 1024 * 1024;

export class HostServices extends WorkerEntrypoint<Env, HostProps> implements HostCalls {
  async keyvalue(bucket: string, request: KeyvalueRequest): Promise<KeyvalueAnswer | null> {
    const grants = this.ctx.props.grants.filter(isKeyvalue);
    const grant =
      grants.find(({ name }) => name === bucket) ?? grants.find(({ name }) => name === "default");
    if (grant === undefined) return null;
    return keyvalueOf(this.env, grant.scope).perform(bucket, request);
  }

  async publish({ subject, body, reply }: Parameters<HostCalls["publish"]>[0]) {
    const grant = this.ctx.props.grants.find(({ service }) => service === "messaging");
    if (grant?.service !== "messaging") return "No link leads to messaging.";
    if (!isSubject(subject)) return `${subject} is no subject that could be published on.`;
    if (isServiced(subject) || !mayPublish("Developer", subject)) {
      return `${subject} is the orchestrator's own.`;
    }
    if (body.length > MESSAGE_BYTES_MAX) return `A message has at most ${MESSAGE_BYTES_MAX} bytes.`;
    await natsOf(this.env, grant.lattice).publish([
      { subject, reply, headers: null, payload: body },
    ]);
    return null;
  }
}

function isKeyvalue(grant: Grant): grant is KeyvalueGrant {
  return grant.service === "keyvalue";
}
