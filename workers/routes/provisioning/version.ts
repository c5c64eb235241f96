// Versions by the Accept header: `application/vnd.provisioning.v1+json`. Who names none, or anything, gets the present one.
import { createMiddleware } from "hono/factory";
import { Fault } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";

const CURRENT = "application/vnd.provisioning.v1+json";
const PLAIN = new Set(["application/json", "application/*", "*/*"]);

export function versioned() {
  return createMiddleware<Context>(async function version(c, next) {
    const ranges = acceptedBy(c.req.header("Accept") ?? "*/*");
    const named = ranges.filter((range) => range.startsWith("application/vnd.provisioning."));
    const isPlain = ranges.some((range) => PLAIN.has(range));
    if (named.length > 0 && !isPlain && !named.includes(CURRENT)) {
      const message = `There is no ${named.join(", ")}; the current version is v1: ${CURRENT}.`;
      throw new Fault("NOT_ACCEPTABLE", message);
    }
    await next();
    const isJson = c.res.headers.get("Content-Type")?.startsWith("application/json") ?? false;
    if (named.includes(CURRENT) && isJson) c.header("Content-Type", CURRENT);
  });
}

/** The media ranges of an Accept header, without those whose quality is 0. */
function acceptedBy(header: string): string[] {
  return header
    .split(",")
    .map((range) =>
      range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .filter(([, ...parameters]) => !parameters.some((given) => /^q=0(\.0*)?$/.test(given)))
    .map(([range = ""]) => range);
}
