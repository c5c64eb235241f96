// What a workload's `image` names: a registered module, or a WASM artifact in an OCI registry.
import { MODULE_NAME, isVersion } from "./module.ts";

export type Image =
  | {
      readonly type: "module";
      readonly name: string;
      /** Null with a null digest: the newest Active version. */
      readonly version: string | null;
      readonly digest: string | null;
    }
  | {
      readonly type: "oci";
      /** With its port, when it has one. */
      readonly host: string;
      readonly repository: string;
      readonly tag: string | null;
      /** Of the manifest. It decides when there is a tag beside it. */
      readonly digest: string | null;
    };

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;
/** https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests */
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** What is wrong, in a sentence, when the text names neither. `latest` of a module is its newest Active version. */
export function parseImage(text: string): Image | { readonly fault: string } {
  const [named = "", digest = null, ...more] = text.split("@");
  if (more.length > 0 || (digest !== null && !DIGEST.test(digest))) {
    return { fault: `expected one digest of the form sha256:<64 hex digits> in ${text}` };
  }
  const slash = named.indexOf("/");
  if (slash === -1) return moduleImage(named, digest, text);
  const host = named.slice(0, slash);
  const isHost = HOST.test(host) && (/[.:]/.test(host) || host === "localhost");
  if (!isHost) {
    return {
      fault: `expected a registry's host before the first slash of ${text}, as in ghcr.io/name:1.0.0`,
    };
  }
  const [repository = "", tag = null, ...rest] = named.slice(slash + 1).split(":");
  if (rest.length > 0 || !REPOSITORY.test(repository) || (tag !== null && !TAG.test(tag))) {
    return { fault: `expected host/repository:tag or host/repository@sha256:…, not ${text}` };
  }
  return { type: "oci", host: host.toLowerCase(), repository, tag, digest };
}

function moduleImage(named: string, digest: string | null, text: string) {
  const [name = "", version = null, ...rest] = named.split(":");
  const isKnownVersion = version === null || version === "latest" || isVersion(version);
  if (rest.length > 0 || !MODULE_NAME.test(name) || !isKnownVersion) {
    return {
      fault: `expected a module such as web-app:1.2.0, or an artifact such as ghcr.io/acme/web-app:1.2.0, not ${text}`,
    };
  }
  return { type: "module", name, version: version === "latest" ? null : version, digest } as const;
}

/** The name and version under which an artifact is registered: the tag when it is SemVer, else from the bytes' digest. */
export function registeredAs(
  image: Extract<Image, { type: "oci" }>,
  bytesDigest: string,
): { name: string; version: string } {
  const name = (image.repository.split("/").at(-1) ?? "").replaceAll(".", "-");
  const tag = image.digest === null ? (image.tag ?? "").replace(/^v(?=\d)/, "") : "";
  const version = isVersion(tag) ? tag : `0.0.0-sha256-${bytesDigest.slice(0, 16)}`;
  return { name, version };
}
