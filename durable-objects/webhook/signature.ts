// The two signatures of a delivery: the 003 document's, which stands in the body too, and those of Standard Webhooks.
import { Webhook as Standard } from "standardwebhooks";

export type Signed = { readonly body: string; readonly headers: Readonly<Record<string, string>> };

type Message = {
  readonly id: string;
  /** A JSON object's text. */
  readonly payload: string;
  /** The current secret first. */
  readonly secrets: readonly [string, ...string[]];
  readonly now: number;
};

const STANDARD_PREFIX = "whsec_";
const encoder = new TextEncoder();

/**
 * A body can't hold a signature of itself: `signature` is that of the body without its `signature` members, and
 * `X-Webhook-Signature` that of the body as it is sent. Each secret signs.
 */
export async function signed({ id, payload, secrets, now }: Message): Promise<Signed> {
  const [current, ...earlier] = secrets;
  const inner = [
    `"signature":"${await documentSignature(current, payload)}"`,
    ...(await Promise.all(
      earlier.map(
        async (secret) => `"previous_signature":"${await documentSignature(secret, payload)}"`,
      ),
    )),
  ];
  const body = `${payload.slice(0, -1)},${inner.join(",")}}`;
  const outer = await Promise.all(secrets.map((secret) => documentSignature(secret, body)));
  const standard = secrets.map((secret) => standardOf(secret).sign(id, new Date(now), body));
  return {
    body,
    headers: {
      "Content-Type": "application/json",
      "X-Webhook-Signature": outer.join(", "),
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now / 1_000)),
      "webhook-signature": standard.join(" "),
    },
  };
}

async function documentSignature(secret: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return `sha256=${[...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A secret of the standard's form is base64; any other is its own bytes. */
function standardOf(secret: string): Standard {
  return secret.startsWith(STANDARD_PREFIX)
    ? new Standard(secret)
    : new Standard(encoder.encode(secret), { format: "raw" });
}
