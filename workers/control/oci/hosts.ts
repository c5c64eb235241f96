// Which hosts may be asked. A Worker can't resolve DNS, so a public name that leads to a private address is not
// seen here: only list hosts whose DNS you trust. Addresses that are private by their look are refused unless
// the list names them exactly.
import { Fault } from "#domain/fault.ts";

/** Entries, separated by commas or spaces: `ghcr.io`, `*.example.com`, `*`, `http://127.0.0.1:5000`. */
export function assertAllowed(allowed: string, url: URL): void {
  const entries = allowed.split(/[\s,]+/).filter((entry) => entry !== "");
  if (entries.some((entry) => isExactly(entry, url))) return;
  const isWild = url.protocol === "https:" && entries.some((entry) => isWithin(entry, url));
  if (isWild && !isPrivate(url.hostname)) return;
  const message = `The registry asks for ${url.protocol}//${url.host}, which OCI_ALLOWED_HOSTS does not allow.`;
  throw new Fault("FORBIDDEN", message);
}

/** https, but for a host that the list names with http:// before it. */
export function registryUrl(allowed: string, host: string): URL {
  const plain = allowed.split(/[\s,]+/).includes(`http://${host}`);
  return new URL(`${plain ? "http" : "https"}://${host}`);
}

function isExactly(entry: string, url: URL): boolean {
  if (entry.includes("*")) return false;
  const full = entry.includes("://") ? entry : `https://${entry}`;
  return URL.canParse(full) && new URL(full).origin === url.origin;
}

function isWithin(entry: string, url: URL): boolean {
  if (entry === "*") return true;
  return entry.startsWith("*.") && url.port === "" && url.hostname.endsWith(entry.slice(1));
}

/** Any literal address counts: whoever wants one names it. */
function isPrivate(hostname: string): boolean {
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  const name = hostname.replace(/\.$/, "");
  return (
    isAddress || !name.includes(".") || /\.(?:internal|local|localhost|lan|home\.arpa)$/.test(name)
  );
}
