// What a NATS client may ask for, and the bounds that one connection has. The texts of errors are the server's own,
// for clients look for them.

export type ConnectOptions = {
  readonly verbose: boolean;
  readonly pedantic: boolean;
  readonly echo: boolean;
  readonly headers: boolean;
  readonly noResponders: boolean;
  readonly user: string | null;
  readonly password: string | null;
  /** From `auth_token`, else from `jwt`: both are tokens of this orchestrator. */
  readonly token: string | null;
};

export type Publication = {
  readonly type: "publish";
  readonly subject: string;
  readonly reply: string | null;
  /** The header block as it came, null where there is none. */
  readonly headers: Uint8Array | null;
  readonly payload: Uint8Array;
};

export type Operation =
  | { readonly type: "connect"; readonly options: ConnectOptions }
  | { readonly type: "ping" }
  | { readonly type: "pong" }
  | {
      readonly type: "subscribe";
      readonly subject: string;
      readonly queue: string | null;
      readonly sid: string;
    }
  | { readonly type: "unsubscribe"; readonly sid: string; readonly max: number | null }
  | Publication
  /** Nothing after it is read: it is told, and the connection closed. */
  | { readonly type: "fault"; readonly text: string };

export type Limits = { readonly controlLineMax: number; readonly payloadMax: number };

/** The server's own defaults: https://docs.nats.io/running-a-nats-service/configuration#limits */
export const LIMITS: Limits = { controlLineMax: 4096, payloadMax: 1024 * 1024 };

export const UNKNOWN_OPERATION = "Unknown Protocol Operation";
export const PARSER_ERROR = "Parser Error";
export const CONTROL_LINE_EXCEEDED = "maximum control line exceeded";
export const PAYLOAD_EXCEEDED = "Maximum Payload Violation";
export const BAD_HEADER = "bad message header detected";
