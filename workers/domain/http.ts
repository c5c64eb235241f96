// HTTP to a guest: the words between ingress, runners and guests, and which modules can serve it. Requests and
// responses cross objects as plain parts: a body is bytes where it is whole and short, else a stream.
import { BRIEF_LENGTH_MAX, brief, whole } from "./brief.ts";
import type { Brief } from "./brief.ts";
import type { GuestAnswer, GuestCall } from "./execution.ts";
import type { FaultReport } from "./fault.ts";
import type { Module } from "./module.ts";

/**
 * How a module serves HTTP: `wasi` exports wasi:http/incoming-handler, `json` has a function that takes a request and
 * gives a response as JSON, `cgi` is a program that speaks RFC 3875. It follows from what was decided at registration.
 */
export type HttpKind = "wasi" | "json" | "cgi";

/** The function by which a core module serves HTTP. */
export const HTTP_FUNCTION = "handle_http";

export type HttpHeaders = readonly (readonly [name: string, value: string])[];
export type HttpBody = ReadableStream<Uint8Array> | Uint8Array | null;

export type HttpRequest = {
  readonly method: string;
  /** Absolute, as the guest is to see it. */
  readonly url: string;
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
};

export type ServeCall = {
  /** By this the caller can cancel it. */
  readonly id?: string;
  readonly moduleId: string;
  /** The instance that is meant, with its workload's configuration; without one, whoever holds the version. */
  readonly instance?: string;
  /** A health check is nobody's traffic: it is not counted, and is let through where calls would be turned away. */
  readonly isProbe?: boolean;
  /** In place of an instance: any of this workload, else what a rollout has brought. */
  readonly workload?: string;
  readonly timeoutMs: number;
};

export type ServeAnswer =
  | {
      readonly type: "response";
      readonly response: HttpResponse;
      /** Null while the guest goes on writing. */
      readonly gasUsed: number | null;
    }
  /** The node does not hold the version: the caller's route is out of date, and nothing was run. */
  | { readonly type: "notAssigned" }
  /** The guest was not reached. */
  | { readonly type: "refused"; readonly fault: FaultReport }
  /** The guest was run and gave no response. */
  | { readonly type: "failed"; readonly fault: FaultReport };

/** What a guest is served with beside the request. */
export type GuestServe = Omit<GuestCall, "arguments">;

/** What a guest came to: `ended` tells of one that goes on writing once it has come to its end. */
export type GuestServed =
  | { readonly type: "whole"; readonly response: HttpResponse; readonly answer: GuestAnswer }
  | {
      readonly type: "streaming";
      readonly response: HttpResponse;
      readonly ended: () => Promise<GuestAnswer>;
    }
  | { readonly type: "failed"; readonly answer: GuestAnswer }
  /** The request is not what this kind of guest can take; none was run. */
  | { readonly type: "refused"; readonly fault: FaultReport };

/** See brief.ts. What streams goes as it is; bytes are written as base64. */
export function briefResponse<Answer extends ServeAnswer | GuestServed>(
  answer: Answer,
): Brief<Answer> {
  if (answer.type !== "response" && answer.type !== "whole") {
    return answer.type === "streaming" ? answer : brief(answer, 0);
  }
  const { body } = answer.response;
  if (body instanceof ReadableStream || (body?.length ?? 0) > BRIEF_LENGTH_MAX) return answer;
  return JSON.stringify({
    ...answer,
    response: { ...answer.response, body: body?.toBase64() ?? null },
  });
}

export function wholeResponse<Answer extends ServeAnswer | GuestServed>(
  told: Brief<Answer>,
): Answer {
  const answer = whole(told);
  if (typeof told !== "string" || !("response" in answer)) return answer;
  const { response } = answer;
  // As `briefResponse` has written it.
  const base64 = response.body as unknown as string | null;
  const body = base64 === null ? null : Uint8Array.fromBase64(base64);
  return { ...answer, response: { ...response, body } };
}

/** A request body that is told as JSON or on stdin, and a response that is one document. */
export const WHOLE_BODY_BYTES_MAX = 4 * 1024 * 1024;
/** What is not yet read of a response: a guest that writes on waits. */
export const RESPONSE_QUEUE_BYTES = 256 * 1024;

/** Null for a module that serves no HTTP. */
export function httpKindOf({
  convention,
  signatures,
}: Pick<Module, "convention" | "signatures">): HttpKind | null {
  if (convention === "http") return "wasi";
  const [program] = signatures;
  if (program?.style === "command") return "cgi";
  const handler = signatures.find(({ name }) => name === HTTP_FUNCTION);
  return handler?.style === "json" || handler?.style === "extism" ? "json" : null;
}
