// Which subjects a role may publish to and subscribe by. What a service answers is an action like any other; events come
// from the orchestrator alone; an inbox is its owner's.
import { missingRole } from "#domain/role.ts";
import type { Action, Principal } from "#domain/role.ts";
import { matches, overlaps } from "./subject.ts";

type Role = Principal["role"];

/** The first pattern that matches decides. An account may stand before `wadm`. */
const PUBLISHING: readonly (readonly [pattern: string, action: Action | null])[] = [
  ...["wadm", "*.wadm"].flatMap((wadm): (readonly [string, Action | null])[] => [
    [`${wadm}.api.*.model.put`, "model:put"],
    [`${wadm}.api.*.model.put.>`, "model:put"],
    [`${wadm}.api.*.model.del.>`, "model:delete"],
    [`${wadm}.api.*.model.deploy.>`, "model:deploy"],
    [`${wadm}.api.*.model.undeploy.>`, "model:deploy"],
    [`${wadm}.api.>`, "model:read"],
    [`${wadm}.evt.>`, null],
  ]),
  ["wasmbus.evt.>", null],
  ["wasmbus.ctl.v1.*.config.get.>", "lattice:read"],
  ["wasmbus.ctl.v1.*.host.get", "lattice:read"],
  ["wasmbus.ctl.v1.*.host.get.>", "lattice:read"],
  ["wasmbus.ctl.v1.*.host.ping", "lattice:read"],
  ["wasmbus.ctl.v1.*.link.get", "lattice:read"],
  ["wasmbus.ctl.v1.*.label.>", "node:change"],
  ["wasmbus.ctl.>", "lattice:change"],
  ["$JS.API.>", "lattice:read"],
  ["$JS.ACK.>", "lattice:read"],
  ["_INBOX.>", "lattice:read"],
  [">", "lattice:publish"],
];

/** What those may subscribe by who may only read: events, and an inbox that they know the name of. */
const READING = ["wadm.evt.>", "*.wadm.evt.>", "wasmbus.evt.>"];

export function mayPublish(role: Role, subject: string): boolean {
  const action = actionOf(subject);
  return action !== null && missingRole(role, action) === null;
}

/** The action that publishing there is; null for what nobody but the orchestrator may. */
export function actionOf(subject: string): Action | null {
  const row = PUBLISHING.find(([pattern]) => matches(pattern, subject));
  // What begins with a dollar sign is the server's own, but for what is listed.
  if (row === undefined || (subject.startsWith("$") && row[0] === ">")) return null;
  return row[1];
}

export function maySubscribe(role: Role, pattern: string): boolean {
  if (missingRole(role, "lattice:read") !== null) return false;
  if (isOwnInbox(pattern)) return true;
  if (missingRole(role, "lattice:observe") === null) return true;
  if (overlaps(pattern, "_INBOX.>") || overlaps(pattern, "$JS.>")) return false;
  if (missingRole(role, "lattice:publish") === null) return true;
  return READING.some((events) => overlaps(events, pattern) && startsAlike(events, pattern));
}

/** An inbox of one name: `_INBOX.name` with anything behind it. */
function isOwnInbox(pattern: string): boolean {
  const [inbox, name] = pattern.split(".");
  return inbox === "_INBOX" && name !== undefined && name !== "*" && name !== ">";
}

/** A wildcard of the pattern before the word `evt` would take in more than events. */
function startsAlike(events: string, pattern: string): boolean {
  const words = events.split(".").slice(0, -1);
  const tokens = pattern.split(".");
  return words.every((word, at) => (word === "*" ? tokens[at] !== ">" : tokens[at] === word));
}
