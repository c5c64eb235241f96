// What the links of a lattice have its components hear: subjects of the lattice's own, as a messaging provider would
// subscribe to them in the components' name.
import type { LatticeLink } from "./link.ts";
import { readHeaders, writeHeaders } from "./nats/headers.ts";
import { maySubscribe } from "./nats/permission.ts";
import { isPattern } from "./nats/subject.ts";

export type Hearing = {
  readonly component: string;
  readonly subject: string;
  /** Of all that hear as one of it, one gets a message. */
  readonly queue: string | null;
};

export type HeardMessage = {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reply: string | null;
};

/** What a component exports that hears. */
export const HANDLER = "wasmcloud:messaging/handler";
/** Names of the value in a link's config, `subject` or `subject|queue` between commas; the last two are of before 1.0. */
const SUBSCRIPTIONS = ["subscriptions", "subscription", "SUBSCRIPTION"];
/** Tells of a component's message how many came of one another until it did; whoever hears it hands it on. */
const CHAIN_HEADER = "Edgeloom-Chain";

export function chainHeaders(messages: number): Uint8Array {
  return writeHeaders({ [CHAIN_HEADER]: String(messages) });
}

/** None where the headers tell none: it comes from outside. */
export function messagesBefore(headers: Uint8Array | null): number {
  const told = Number(readHeaders(headers).get(CHAIN_HEADER.toLowerCase()));
  return Number.isSafeInteger(told) && told > 0 ? told : 0;
}

export const MESSAGE_BYTES_MAX = 1024 * 1024;

export function hearingsOf(link: Wiring): Hearing[] {
  if (!isHeard(link)) return [];
  const { interfaces, source, target, sourceConfig, targetConfig } = link;
  // Before 1.0 the component names its provider, and hears by the same link that it speaks by.
  const isOld = interfaces.includes("consumer");
  const config = isOld ? targetConfig : sourceConfig;
  const told = SUBSCRIPTIONS.map((name) => config[name]).find((value) => value !== undefined) ?? "";
  return told.split(",").flatMap((one) => {
    const [subject = "", queue] = one.trim().split("|");
    if (subject === "") return [];
    return [{ component: isOld ? source : target, subject, queue: queue ?? null }];
  });
}

/** Why a link's component can't hear what it asks for; null when it can. */
export function hearingFault(link: Wiring): string | null {
  const hearings = hearingsOf(link);
  // One of before 1.0 may as well be there to speak alone.
  if (isHeard(link) && !link.interfaces.includes("consumer") && hearings.length === 0) {
    return `A link of ${HANDLER} needs subscriptions in its source's config: subjects between commas.`;
  }
  const bad = hearings.find(({ subject, queue }) => !isPattern(subject) || queue === "");
  if (bad !== undefined) return `${bad.subject} is no subject that could be subscribed to.`;
  const foreign = hearings.find(({ subject }) => !maySubscribe("Developer", subject));
  if (foreign === undefined) return null;
  return `${foreign.subject} takes in what is not for components: inboxes of others.`;
}

type Wiring = Pick<
  LatticeLink,
  "source" | "target" | "namespace" | "package" | "interfaces" | "sourceConfig" | "targetConfig"
>;

function isHeard({ namespace, package: pack, interfaces }: Wiring): boolean {
  return namespace === "wasmcloud" && pack === "messaging" && interfaces.includes("handler");
}
