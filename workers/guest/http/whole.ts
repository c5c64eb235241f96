// Serves HTTP with guests that take a request and give a response in one piece: `json` through a function, `cgi`
// through a program's standard streams.
import type { GuestAnswer, GuestCall } from "#domain/execution.ts";
import type { GuestServe, GuestServed, HttpRequest, HttpResponse } from "#domain/http.ts";
import { TooLarge, wholeBody } from "./body.ts";
import { cgiResponse, cgiVariables } from "./cgi.ts";
import { requestDocument, responseOf } from "./message.ts";

type Performed = { readonly answer: GuestAnswer; readonly output: Uint8Array };
type Perform = (call: GuestCall, input: string | Uint8Array) => Promise<Performed>;

export async function serveWhole(
  given: GuestServe,
  request: HttpRequest,
  perform: Perform,
): Promise<GuestServed> {
  let body: Uint8Array | null;
  try {
    body = await wholeBody(request.body);
  } catch (thrown) {
    return refusal(thrown);
  }
  if (given.function.style !== "command") {
    const document = requestDocument(request, body);
    const { answer } = await perform({ ...given, arguments: document }, document);
    return served(answer, () => responseOf(answer.returnValue));
  }
  const variables = cgiVariables(request, body?.length ?? 0);
  const environment = { ...given.environment, ...variables };
  const call = { ...given, environment, arguments: "" };
  const { answer, output } = await perform(call, body ?? new Uint8Array());
  return served({ ...answer, stdout: "" }, () => cgiResponse(output));
}

function served(answer: GuestAnswer, read: () => HttpResponse | string): GuestServed {
  const told = { ...answer, returnValue: null };
  if (answer.failure !== null) return { type: "failed", answer: told };
  const response = read();
  if (typeof response !== "string") return { type: "whole", response, answer: told };
  const failure = { code: "GUEST_RESPONSE", message: response } as const;
  return { type: "failed", answer: { ...told, failure } };
}

function refusal(thrown: unknown): GuestServed {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = thrown instanceof TooLarge ? "PAYLOAD_TOO_LARGE" : "VALIDATION_ERROR";
  return { type: "refused", fault: { code, message, details: [] } };
}
