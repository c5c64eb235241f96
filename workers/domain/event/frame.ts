// How an event looks to who follows it. The hub draws frames itself, and can enter no dialect's room: so the forms of
// the documents' streams stand here.
import { EVERY_EVENT, isOfType } from "#domain/event.ts";
import type { Data, Event, EventFilter } from "#domain/event.ts";

export type Form = "apps" | "logs" | "metrics" | "provisioning";

/** The JSON text that one subscriber is sent. */
export function frameOf(form: Form, event: Event): string {
  return JSON.stringify(drawn(form, event));
}

function drawn(form: Form, event: Event): object {
  switch (form) {
    case "apps":
      return appEvent(event);
    case "logs":
      return logLine(event);
    case "metrics":
      return { timestamp: iso(event.at), app_name: event.app, ...event.data };
    case "provisioning":
      return provisioningEvent(event);
  }
}

/** As the 002 document lists and streams events. */
export function appEvent(event: Event) {
  const { id, type, app, message, at, data } = event;
  const details: Record<string, unknown> = { ...data };
  return {
    id,
    type: kindOf(event),
    event: type,
    app_name: app,
    message,
    timestamp: iso(at),
    details,
  };
}

/** As the 002 document lists and streams what instances say. `subject` is the instance. */
export function logLine({ subject, at, level, message }: Event) {
  return { timestamp: iso(at), container: subject, level: LEVELS[level], message };
}

const LEVELS = { debug: "DEBUG", info: "INFO", warning: "WARN", error: "ERROR" } as const;

/** The 002 document's words for types, the first that fits. */
const KIND_TYPES = {
  scaling: ["*.scaled", "*.scale_*", "scaling.*"],
  health: ["health.*", "node.*"],
  config: ["config.*", "*.registered", "*.updated", "*.deleted", "*.status_changed"],
} as const satisfies Record<string, readonly string[]>;

export const EVENT_KINDS = ["scaling", "health", "config", "error"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The filter that a kind stands for. */
export function kindFilter(kind: EventKind): EventFilter {
  if (kind === "error") return { ...EVERY_EVENT, levels: ["error"] };
  const kinds = Object.entries(KIND_TYPES);
  const earlier = kinds.slice(
    0,
    kinds.findIndex(([name]) => name === kind),
  );
  return {
    ...EVERY_EVENT,
    types: KIND_TYPES[kind],
    notTypes: earlier.flatMap(([, patterns]) => patterns),
  };
}

/** The area of a type where the document has no word for it. */
function kindOf({ type, level }: Event): string {
  const kinds = Object.entries(KIND_TYPES);
  const [kind] = kinds.find(([, patterns]) => isOfType(patterns, type)) ?? [];
  return kind ?? (level === "error" ? "error" : (type.split(".")[0] ?? type));
}

/** The 003 document's form, in which a change of status goes by its subject's name. */
function provisioningEvent(event: Event) {
  const { id, type, at, subject, app, message, level } = event;
  const told = documentData(event);
  const [area = type] = type.split(".");
  return {
    event_type: hasStatus(type) ? `${pascal(area)}StatusChanged` : pascal(type),
    timestamp: iso(at),
    data: told,
    metadata: { ...told, id, type, subject, app, message, level },
  };
}

/** An event's data as the 003 document tells them, in its stream and to webhooks. */
export function documentData({ type, data }: Pick<Event, "type" | "data">): Data {
  if (!hasStatus(type) || "status" in data) return data;
  return { ...data, status: type.split(".").slice(1).join(".") };
}

function hasStatus(type: string): boolean {
  return /^(?:task|batch|workflow)(?:\.|$)/.test(type);
}

function pascal(type: string): string {
  return type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
