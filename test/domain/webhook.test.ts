// When a delivery is tried again, where none may go, and what its signatures hold.
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook as Standard } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import {
  RETRIED_FOR_MS,
  allowedHosts,
  judge,
  retryAfterMs,
  rotated,
  signers,
  webhookRefusal,
} from "#domain/webhook.ts";
import type { Attempt, Verdict, Webhook } from "#domain/webhook.ts";
import { signed } from "#objects/webhook/signature.ts";

const NEW = { attempts: 0, firstAt: null };
const answered = (status: number, retryAfterMs: number | null = null): Attempt => ({
  type: "answered",
  status,
  retryAfterMs,
});
const failure = fc.oneof(
  fc.constant<Attempt>({ type: "failed", why: "reset" }),
  fc
    .tuple(
      fc.integer({ min: 300, max: 599 }).filter((status) => status !== 410),
      fc.option(fc.nat(10 ** 9)),
    )
    .map(([status, after]) => answered(status, after)),
);

describe("a delivery", () => {
  test("that always fails is tried to the end of a day, later and later, and is dead then", () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(failure),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (failures, chances) => {
          const verdicts: Verdict[] = [];
          let now = 1_000;
          let progress: Pick<Verdict, "attempts" | "firstAt"> = NEW;
          for (;;) {
            const verdict = judge(progress, failures.next().value, {
              now,
              chance: chances.next().value,
            });
            verdicts.push(verdict);
            if (verdict.dueAt === null) break;
            expect(verdict.dueAt).toBeGreaterThan(now);
            progress = verdict;
            now = verdict.dueAt;
          }
          expect(now - 1_000).toBe(RETRIED_FOR_MS);
          expect(verdicts.length).toBeLessThan(25);
          expect(verdicts.map(({ status }) => status)).toEqual([
            ...verdicts.slice(1).map(() => "pending"),
            "dead",
          ]);
        },
      ),
    );
  });

  test("waits five seconds, then three times as long each time, and never longer than four hours", () => {
    const delays: number[] = [];
    let [now, progress]: [number, Pick<Verdict, "attempts" | "firstAt">] = [0, NEW];
    for (let verdict; verdict?.dueAt !== null;) {
      verdict = judge(progress, answered(500), { now, chance: 0.5 });
      if (verdict.dueAt === null) break;
      delays.push((verdict.dueAt - now) / 1_000);
      [now, progress] = [verdict.dueAt, verdict];
    }
    expect(delays.slice(0, 9)).toEqual([5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 14_400]);
    expect(Math.max(...delays)).toBe(14_400);
  });

  test.each<[Attempt, Partial<Verdict>]>([
    [answered(200), { status: "delivered", isGone: false, answer: "HTTP 200" }],
    [answered(204), { status: "delivered", isGone: false }],
    [answered(410), { status: "dead", isGone: true, answer: "HTTP 410" }],
    [answered(302), { status: "pending", answer: "HTTP 302: redirects are not followed" }],
    [answered(404), { status: "pending", isGone: false }],
    [
      { type: "failed", why: "no answer" },
      { status: "pending", answer: "no answer" },
    ],
  ])("answered by %o is %o", (attempt, expected) => {
    const verdict = judge(NEW, attempt, { now: 1, chance: 0 });
    expect(verdict).toMatchObject({ ...expected, attempts: 1, firstAt: 1 });
  });

  test("waits as long as the receiver asks for", () => {
    const { dueAt } = judge(NEW, answered(503, 3_600_000), { now: 0, chance: 0 });
    expect(dueAt).toBe(3_600_000);
    expect(retryAfterMs("120", 0)).toBe(120_000);
    expect(retryAfterMs("Thu, 01 Jan 1970 00:00:09 GMT", 4_000)).toBe(5_000);
    expect(retryAfterMs("soon", 0)).toBeNull();
  });
});

describe("a webhook's url", () => {
  const allowed = allowedHosts("http://127.0.0.1:9000, hooks.internal");
  test.each([
    "https://your-system.com/webhook",
    "http://127.0.0.1:9000/webhook",
    "https://hooks.internal/a",
  ])("%s may be sent to", (url) => expect(webhookRefusal(url, allowed)).toBeNull());

  test.each([
    "http://your-system.com/webhook",
    "http://127.0.0.1:9001/",
    "https://127.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.1.2.3/",
    "https://localhost/",
    "https://db.internal/",
    "https://user:pass@your-system.com/",
    "ftp://your-system.com/",
    "your-system.com",
  ])("%s may not", (url) => expect(webhookRefusal(url, allowed)).not.toBeNull());
});

describe("signatures", () => {
  const payload = JSON.stringify({ event: "task.completed", timestamp: "t", data: { ü: "ß" } });
  const hmac = (secret: string, text: string) =>
    `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;
  const generated = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

  test.each(["webhook-secret", "grün ist die Hoffnung", generated])(
    "of %s are the document's, in the body and of it, and the standard's",
    async (secret) => {
      const { body, headers } = await signed({
        id: "msg_1",
        payload,
        secrets: [secret],
        now: Date.now(),
      });
      const { signature, ...rest } = JSON.parse(body) as Record<string, unknown>;
      expect(signature).toBe(hmac(secret, payload));
      expect(JSON.stringify(rest)).toBe(payload);
      expect(headers["X-Webhook-Signature"]).toBe(hmac(secret, body));
      const standard = secret.startsWith("whsec_")
        ? new Standard(secret)
        : new Standard(new TextEncoder().encode(secret), { format: "raw" });
      expect(standard.verify(body, { ...headers })).toMatchObject({ event: "task.completed" });
      expect(() => standard.verify(`${body} `, { ...headers })).toThrow("No matching signature");
    },
  );

  test("are made with the secret before too, for a day after a rotation", async () => {
    // Only what signers() reads matters here.
    const before = { secret: "the-first-one", previous: null } as Webhook;
    const webhook = rotated(before, generated, 1_000);
    expect(signers(webhook, 1_000)).toEqual([generated, "the-first-one"]);
    expect(signers(webhook, 1_000 + 24 * 3_600_000)).toEqual([generated]);
    const now = Date.now();
    const { body, headers } = await signed({
      id: "m",
      payload,
      secrets: [generated, "the-first-one"],
      now,
    });
    expect(JSON.parse(body)).toMatchObject({
      signature: hmac(generated, payload),
      previous_signature: hmac("the-first-one", payload),
    });
    expect(headers["X-Webhook-Signature"]?.split(", ")).toEqual([
      hmac(generated, body),
      hmac("the-first-one", body),
    ]);
    new Standard(generated).verify(body, { ...headers });
    const first = new Standard(new TextEncoder().encode("the-first-one"), { format: "raw" });
    first.verify(body, { ...headers });
  });
});
