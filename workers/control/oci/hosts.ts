// Which registries may be asked. Only list hosts whose DNS you trust: a Worker can't resolve it.
import { Fault } from "#domain/fault.ts";
import { isAddress, isExactly, isPrivateHost, isWithin } from "#domain/host.ts";

/** Entries, separated by commas or spaces: `ghcr.io`, `*.example.com`, `*`, `http://127.0.0.1:5000`. */
export function assertAllowed(allowed: string, url: URL): void {
  const entries = allowed.split(/[\s,]+/).filter((entry) => entry !== "");
  // Without a scheme of its own an entry means https here.
  const isNamed = entries.some(
    (entry) => (url.protocol === "https:" || entry.includes("://")) && isExactly(entry, url),
  );
  if (isNamed) return;
  const isWild =
    url.protocol === "https:" && entries.some((entry) => entry === "*" || isWithin(entry, url));
  // Any literal address counts as private: whoever wants one names it.
  if (isWild && !isAddress(url.hostname) && !isPrivateHost(url.hostname)) return;
  const message = `The registry asks for ${url.protocol}//${url.host}, which OCI_ALLOWED_HOSTS does not allow.`;
  throw new Fault("FORBIDDEN", message);
}

/** https, but for a host that the list names with http:// before it. */
export function registryUrl(allowed: string, host: string): URL {
  const plain = allowed.split(/[\s,]+/).includes(`http://${host}`);
  return new URL(`${plain ? "http" : "https"}://${host}`);
}
