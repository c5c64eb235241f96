// The hosts that an app's annotation names, and whether an installation serves them: it has hosts of its own that no app
// may take.
import { isExactly, isWithin } from "#domain/host.ts";

/** `shop.example.com, www.shop.example.com` */
export const HOSTS_ANNOTATION = "edgeloom/hosts";
const HOSTS_MAX = 16;
const HOST =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function hostsOf({
  annotations,
}: {
  readonly annotations: Readonly<Record<string, string>>;
}): string[] {
  return [...new Set(entriesOf((annotations[HOSTS_ANNOTATION] ?? "").toLowerCase()))];
}

/** What is wrong with them; null when nothing is. */
export function hostsFault(hosts: readonly string[]): string | null {
  if (hosts.length > HOSTS_MAX) return `expected at most ${HOSTS_MAX} hosts`;
  const wrong = hosts.find((host) => !HOST.test(host));
  return wrong === undefined ? null : `expected hosts such as shop.example.com, not ${wrong}`;
}

/** `allowed` lists hosts and `*.domain`. */
export function isAppHost(allowed: string, host: string): boolean {
  if (allowed === "") return false;
  const url = new URL(`http://${host}`);
  return entriesOf(allowed).some((entry) => isExactly(entry, url) || isWithin(entry, url));
}

function entriesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== "");
}
