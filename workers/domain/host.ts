// Which hosts may be asked, by lists that people write. A Worker can't resolve DNS, so a public name that leads to a
// private address is not seen here; what is private by its look is refused unless a list names it exactly.
import ipaddr from "ipaddr.js";
import type { ModuleLimits } from "./module.ts";

/** Names that only private networks have. */
const PRIVATE_NAME = /\.(?:internal|local|localhost|lan|home\.arpa)$/;

/** A hostname as `URL` writes it: every spelling of an IPv4 address has become four numbers there. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || ipaddr.IPv4.isValidFourPartDecimal(hostname);
}

/** Private, loopback, link-local, reserved or of no network: whatever isn't an address or a name of the public internet. */
export function isPrivateHost(hostname: string): boolean {
  if (isAddress(hostname)) return ipaddr.process(bare(hostname)).range() !== "unicast";
  const name = hostname.replace(/\.$/, "");
  return !name.includes(".") || PRIVATE_NAME.test(name);
}

/** `*.example.com`, or with a port `*.example.com:8443`; without one the scheme's own. Not example.com itself. */
export function isWithin(entry: string, url: URL): boolean {
  const [, suffix, port = ""] = /^\*(\.[^:*]+)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  return suffix !== undefined && url.port === port && url.hostname.endsWith(suffix);
}

/** `example.com`, `example.com:8443`, or with `http://` or `https://` before it for that one alone. */
export function isExactly(entry: string, url: URL): boolean {
  if (entry.includes("*")) return false;
  const full = entry.includes("://") ? entry : `${url.protocol}//${entry}`;
  return URL.canParse(full) && new URL(full).origin === url.origin;
}

export type Network =
  /** Those that the list names. */
  | { readonly type: "listed"; readonly hosts: readonly string[] }
  /** Any public one, and those that the list names. */
  | { readonly type: "public"; readonly hosts: readonly string[] };

/** Null for a guest without a network. */
export function networkOf({
  networkAccess,
  allowedHosts = [],
}: Pick<ModuleLimits, "networkAccess" | "allowedHosts">): Network | null {
  switch (networkAccess) {
    case "Disabled":
      return null;
    case "AllowList":
      return { type: "listed", hosts: allowedHosts };
    case "Unrestricted":
      return { type: "public", hosts: allowedHosts };
  }
}

/** Why a guest may not ask this; null when it may. */
export function refusalOf({ type, hosts }: Network, url: URL): string | null {
  if (url.protocol !== "http:" && url.protocol !== "https:") return `${url.protocol} is not HTTP.`;
  if (hosts.some((entry) => isExactly(entry, url))) return null;
  if (isPrivateHost(url.hostname)) {
    return `${url.host} is not on the public internet, and allowedHosts does not name it exactly.`;
  }
  if (type === "public" || hosts.some((entry) => isWithin(entry, url))) return null;
  return `${url.host} is not among allowedHosts.`;
}

/** Whether an entry of allowedHosts can ever allow anything. */
export function isHostEntry(entry: string): boolean {
  if (/^\*\.[^:*/]+(?::\d+)?$/.test(entry)) return true;
  const full = entry.includes("://") ? entry : `https://${entry}`;
  if (entry.includes("*") || !URL.canParse(full)) return false;
  const { protocol, pathname, search, hash, username, host } = new URL(full);
  const isBare = pathname === "/" && `${search}${hash}${username}` === "" && !entry.endsWith("/");
  return (protocol === "http:" || protocol === "https:") && host !== "" && isBare;
}

function bare(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
