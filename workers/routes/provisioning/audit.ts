// /audit
import { createRoute, z } from "@hono/zod-openapi";
import { stringify } from "csv-stringify/sync";
import { exportAudit, listAudit, verifyAudit } from "#control/audit.ts";
import type { SealedEntry } from "#domain/ledger.ts";
import { allowed } from "#http/auth.ts";
import { bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { done as answered, refused, time } from "./answer.ts";
import { GENERAL } from "./limit.ts";
import { pageQuery, tellPage } from "./page.ts";
import { parsed, room } from "./room.ts";
import { done, iso } from "./view.ts";

const tags = ["Provisioning: audit"];
const security = bearer;
const mayRead = allowed("audit:read", "audit:*");

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Both as the document writes them (`server.create`, `servers/web-01`) and as policies do. */
const filter = {
  user_id: z.string().min(1).max(300).optional(),
  action: z
    .string()
    .min(1)
    .max(100)
    .transform((text) => text.replace(".", ":"))
    .optional(),
  resource: z
    .string()
    .min(1)
    .max(300)
    .transform((text) => text.replace(/^([a-z]+)\//, "$1:"))
    .optional(),
  result: z.enum(["success", "failure", "refused"]).optional(),
  from: moment.optional(),
  to: moment.optional(),
};

const exportQuery = z.object({ ...filter, format: z.enum(["jsonl", "csv"]).default("jsonl") });

const entryAnswer = z
  .object({
    id: z.string(),
    timestamp: time,
    user_id: z.string().nullable(),
    action: z.string(),
    resource: z.string(),
    result: z.enum(["success", "failure", "refused"]),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("ProvisioningAuditEntry");

const logs = createRoute({
  method: "get",
  path: "/logs",
  tags,
  security,
  summary: "Find entries of the ledger, newest first (admin, auditor)",
  middleware: [limited(...GENERAL), mayRead] as const,
  request: { query: z.object({ ...filter, ...pageQuery }) },
  responses: { 200: answered(z.array(entryAnswer), "A page of entries."), ...refused() },
});

const verification = createRoute({
  method: "get",
  path: "/verify",
  tags,
  security,
  summary: "Walk the ledger's chain, and name the first entry that is broken (admin, auditor)",
  middleware: [limited(...GENERAL), mayRead] as const,
  responses: {
    200: answered(
      z
        .object({
          valid: z.boolean(),
          entries: z.int(),
          broken: z.object({ sequence: z.int(), reason: z.string() }).nullable(),
        })
        .openapi("ProvisioningAuditVerification"),
      "Whether it is whole, and how many entries are sound.",
    ),
    ...refused(),
  },
});

const everything = createRoute({
  method: "get",
  path: "/export",
  tags,
  security,
  summary: "Export entries of the ledger, oldest first, a line each (admin, auditor)",
  middleware: [limited(...GENERAL), mayRead] as const,
  request: { query: exportQuery },
  responses: {
    200: {
      description: "JSON Lines, or CSV with a header.",
      content: {
        "application/x-ndjson": { schema: z.string() },
        "text/csv": { schema: z.string() },
      },
    },
    ...refused(),
  },
});

const COLUMNS = [
  "sequence",
  "id",
  "timestamp",
  "user_id",
  "actor",
  "action",
  "resource",
  "result",
  "reason",
  "evidence",
  "address",
  "request_id",
  "hash",
];

const FORMATS = {
  jsonl: {
    type: "application/x-ndjson",
    head: "",
    line: (entry: SealedEntry) => `${JSON.stringify(entryView(entry))}\n`,
  },
  csv: { type: "text/csv; charset=utf-8; header=present", head: row(COLUMNS), line: csvLine },
};

export const audit = room()
  .openapi(logs, async (c) => {
    const { limit, offset, user_id: user, ...rest } = c.req.valid("query");
    const found = await listAudit(c.env, { user, ...rest }, { limit, offset });
    tellPage(c, { limit, offset }, found.total);
    return c.json(done(found.entries.map(entryView)), 200);
  })
  .openapi(verification, async (c) => {
    const { entries, broken } = await verifyAudit(c.env);
    return c.json(done({ valid: broken === null, entries, broken }), 200);
  });

// Not through the typed route: what is streamed is neither JSON nor one text.
audit.on("GET", "/export", ...everything.middleware, (c) => {
  const { user_id: user, format, ...rest } = parsed(exportQuery, c.req.query());
  const { type, head, line } = FORMATS[format];
  const entries = exportAudit(c.env, { user, ...rest });
  const lines = new ReadableStream<string>({
    start(controller) {
      if (head !== "") controller.enqueue(head);
    },
    async pull(controller) {
      const { value, done: isOver } = await entries.next();
      if (isOver === true) controller.close();
      else controller.enqueue(line(value));
    },
  });
  return c.body(lines.pipeThrough(new TextEncoderStream()), 200, { "Content-Type": type });
});
audit.openAPIRegistry.registerPath(everything);

function entryView(entry: SealedEntry) {
  const { id, at, actor, actorId, action, resource, result } = entry;
  const { reason, evidence, address, requestId, sequence, hash } = entry;
  return {
    id,
    timestamp: iso(at),
    user_id: actorId ?? actor,
    action: action.replace(":", "."),
    resource: resource.replace(":", "/"),
    result,
    details: { actor, reason, evidence, address, request_id: requestId, sequence, hash },
  };
}

function csvLine(entry: SealedEntry): string {
  const { details, ...rest } = entryView(entry);
  const fields: Record<string, unknown> = { ...rest, ...details };
  return row(COLUMNS.map((name) => fields[name]));
}

/** RFC 4180. A name that some stranger chose must not be a formula in who opens this as a table. */
function row(fields: readonly unknown[]): string {
  return stringify([fields], { escape_formulas: true, record_delimiter: "windows" });
}
