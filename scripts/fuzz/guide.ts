// What a scene of the tour is given, and how it reads answers.

type Asked = {
  /** The path's parameters. */
  readonly at?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** In place of the administrator's. */
  readonly token?: string;
};

/** Answers the body as JSON; null where it was no success, and what needs it is left out. */
export type Ask = (name: string, asked?: Asked) => Promise<Body | null>;
export type Body = Readonly<Record<string, unknown>>;

export type Guide = {
  readonly ask: Ask;
  /** Asks until the answer is as hoped for, a while. */
  readonly until: (name: string, asked: Asked, hoped: (body: Body) => boolean) => Promise<void>;
  /** Where webhooks are answered that nobody is there any more. */
  readonly gone: string;
};

export function field(body: Body | null, name: string): string {
  const value = body?.[name];
  return typeof value === "string" ? value : "missing";
}

/** What the provisioning dialect wraps its answers in. */
export function dataOf(body: Body | null): Body {
  return (body?.["data"] ?? {}) as Body;
}
