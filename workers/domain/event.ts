// What happened, in one form for all dialects. The hub numbers events in the order in which it was told of them.
export type EventLevel = "debug" | "info" | "warning" | "error";

export type Data = { readonly [name: string]: Datum };
type Datum = string | number | boolean | null | readonly Datum[] | Data;

export type NewEvent = {
  /** An area and what happened there: `deployment.completed`, `workload.scaled`, `task.failed`. */
  readonly type: string;
  readonly at: number;
  /** What it is about: `deployments/deploy-1`, `nodes/node-7`. */
  readonly subject: string;
  /** The app or module behind the subject; null where there is none. */
  readonly app: string | null;
  readonly message: string;
  readonly level: EventLevel;
  readonly data: Data;
  /** Told again under the same key, it is the same event. */
  readonly key?: string;
};

export type Event = Omit<NewEvent, "key"> & { readonly id: number };

/** What a reader wants to see. Empty lists leave nothing out. */
export type EventFilter = {
  /** Types, with `*` for any run of characters: `task.*`. */
  readonly types: readonly string[];
  readonly notTypes: readonly string[];
  readonly levels: readonly EventLevel[];
  readonly app: string | null;
  readonly subject: string | null;
};

export const EVERY_EVENT: EventFilter = {
  types: [],
  notTypes: [],
  levels: [],
  app: null,
  subject: null,
};

/** SQLite's GLOB takes patterns of up to 50 bytes in Durable Objects. */
export const TYPE_PATTERN = /^[a-z_*]+(?:\.[a-z_*]+)*$/;
export const TYPE_LENGTH_MAX = 48;
const MESSAGE_LENGTH_MAX = 4_000;
const DATA_LENGTH_MAX = 32_000;

/** Keeps an event within what the log takes: a long message is cut, and data that are too long are left out. */
export function bounded(event: NewEvent): NewEvent {
  const size = JSON.stringify(event.data).length;
  return {
    ...event,
    message: event.message.slice(0, MESSAGE_LENGTH_MAX),
    data: size > DATA_LENGTH_MAX ? { omitted: `${size} characters of data` } : event.data,
  };
}

export function isWanted(filter: EventFilter, event: Event): boolean {
  const { types, notTypes, levels, app, subject } = filter;
  if (app !== null && app !== event.app) return false;
  if (subject !== null && subject !== event.subject) return false;
  if (levels.length > 0 && !levels.includes(event.level)) return false;
  if (isOfType(notTypes, event.type)) return false;
  return types.length === 0 || isOfType(types, event.type);
}

export function isOfType(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => isLike(pattern, type));
}

/** As SQLite's GLOB has it, of which only `*` is used. Greedy from the left, so that no pattern takes long. */
function isLike(pattern: string, type: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === type;
  if (!type.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = type.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return type.length - from >= last.length && type.endsWith(last);
}
