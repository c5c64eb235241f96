// Events of modules and nodes, in the words of their rooms.
import type { NewEvent } from "#domain/event.ts";
import type { Module } from "#domain/module.ts";
import type { NodeCondition } from "#domain/node.ts";

export function moduleEvent(
  what: "registered" | "status_changed" | "deleted",
  module: Pick<Module, "id" | "name" | "version" | "digest" | "status">,
  at: number,
): NewEvent {
  const { id, name, version, digest, status } = module;
  const told = what === "status_changed" ? `is ${status}` : what;
  return {
    type: `module.${what}`,
    at,
    subject: `modules/${id}`,
    app: name,
    message: `Module ${id} ${told}`,
    level: "info",
    data: { module_id: id, name, version, digest, status },
  };
}

export function nodeEvent(
  what: NodeCondition | "maintenance" | "enabled" | "labelled" | "deleted",
  nodeId: string,
  at: number,
): NewEvent {
  const isTrouble = what === "offline" || what === "degraded";
  return {
    type: `node.${what}`,
    at,
    subject: `nodes/${nodeId}`,
    app: null,
    message: `Node ${nodeId} is ${what === "maintenance" ? "in maintenance" : what}`,
    level: isTrouble ? "warning" : "info",
    data: { node_id: nodeId, status: what },
  };
}
