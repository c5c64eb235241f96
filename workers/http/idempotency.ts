// A POST that is sent again with the same Idempotency-Key makes nothing twice: it gets the first answer.
import { createMiddleware } from "hono/factory";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Fault } from "#domain/fault.ts";
import { digestOf } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { beginAttempt, forgetAttempt, keepAnswer } from "#stores/idempotency.ts";
import type { Context } from "./context.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * `meaningful`: headers that say what is asked for, so that another value is another request. The body is read here
 * as a whole, unless who stands before it has read it and left its digest.
 */
export function idempotent(meaningful: readonly string[] = []) {
  return createMiddleware<Context>(async function replay(c, next) {
    const key = c.req.header("Idempotency-Key");
    if (key === undefined) return next();
    if (!KEY.test(key)) {
      const message = "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.";
      throw new Fault("VALIDATION_ERROR", message, { details: [message] });
    }
    const db = database(c.env);
    const attempt = { principal: c.get("principal").username, key };
    const body = c.get("bodyDigest") ?? (await digestOf(new Uint8Array(await c.req.arrayBuffer())));
    const { pathname, search } = new URL(c.req.url);
    const said = meaningful.map((header) => c.req.header(header) ?? null);
    const fingerprint = `${c.req.method} ${pathname}${search} ${JSON.stringify(said)} ${body}`;
    const begun = await beginAttempt(db, { ...attempt, fingerprint }, Date.now());
    if (begun.type === "answered") {
      // Kept from an answer that Hono gave, and only from one that went well and had a body.
      const status = begun.answer.status as ContentfulStatusCode;
      c.header("Idempotency-Replayed", "true");
      return c.body(begun.answer.body, status, { "Content-Type": "application/json" });
    }
    if (begun.type === "mismatch") {
      const message = `Idempotency-Key ${key} was used for a different request.`;
      throw new Fault("IDEMPOTENCY_MISMATCH", message);
    }
    if (begun.type === "running") {
      const message = `The request with Idempotency-Key ${key} is still at work.`;
      throw new Fault("CONFLICT", message, { retryAfterSeconds: 1 });
    }
    await next();
    if (c.res.ok)
      await keepAnswer(db, attempt, { status: c.res.status, body: await c.res.clone().text() });
    else await forgetAttempt(db, attempt);
    return undefined;
  });
}
