// Capability providers of manifests, in either generation, as the platform's own services stand in for them.
import type { HostService } from "#domain/link.ts";
import type { Component } from "./schema.ts";

/** By the last part of an image's name: which product is behind it doesn't matter here. */
const BY_IMAGE: readonly (readonly [RegExp, HostService])[] = [
  [/^http-?server\b/, "httpserver"],
  [/^http-?client\b/, "httpclient"],
  [/^(?:keyvalue|kv)\b/, "keyvalue"],
  [/^blobstore\b/, "blobstore"],
  [/^(?:messaging|nats-messaging|nats_messaging)\b/, "messaging"],
];
/** Before wadm 0.10. */
const BY_CONTRACT: Readonly<Record<string, HostService>> = {
  "wasmcloud:httpserver": "httpserver",
  "wasmcloud:httpclient": "httpclient",
  "wasmcloud:keyvalue": "keyvalue",
  "wasmcloud:blobstore": "blobstore",
  "wasmcloud:messaging": "messaging",
};
/** The interfaces of each. */
const OFFERED: Readonly<Record<HostService, readonly string[]>> = {
  httpserver: ["wasi:http/incoming-handler"],
  httpclient: ["wasi:http/outgoing-handler"],
  keyvalue: ["wasi:keyvalue/store", "wasi:keyvalue/atomics", "wasi:keyvalue/batch"],
  blobstore: ["wasi:blobstore/blobstore", "wasi:blobstore/container", "wasi:blobstore/types"],
  messaging: ["wasmcloud:messaging/consumer", "wasmcloud:messaging/handler"],
};
/** Where wasmCloud's HTTP server listens when nothing is said. */
const PORT = 8000;

/** Null for a component, and for a capability that isn't offered. */
export function serviceOf({ type, properties }: Component): HostService | null {
  if (type !== "capability") return null;
  if (properties.contract !== undefined) return BY_CONTRACT[properties.contract] ?? null;
  const name = properties.image?.split("/").at(-1) ?? "";
  return BY_IMAGE.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** Which one has the first of these; null where none has. */
export function serviceFor([first = ""]: readonly string[]): HostService | null {
  // Keys of a record of them.
  const services = Object.keys(OFFERED) as HostService[];
  return services.find((service) => OFFERED[service].includes(first)) ?? null;
}

/** Why a service doesn't provide what is asked of it; null when it does. */
export function offerFault(service: HostService, interfaces: readonly string[]): string | null {
  const other = interfaces.find((one) => !OFFERED[service].includes(one));
  if (other === undefined) return null;
  return `${other} is not offered here by ${service}: it has ${OFFERED[service].join(", ")}.`;
}

/** `0.0.0.0:8080`, or the port alone. Null for what names none. */
export function portOf({ address, port }: Readonly<Record<string, string>>): number | null {
  const told = address ?? port;
  if (told === undefined) return PORT;
  const [, digits = ""] = /(?:^|:)(\d{1,5})$/.exec(told) ?? [];
  const number = Number(digits);
  return digits !== "" && number > 0 && number < 65_536 ? number : null;
}
