// The secrets that a manifest names, and the policies that tell where they are. The lattice's own are behind the backend
// `edgeloom`; no other is asked.
import type { NamedSecret } from "#domain/secret.ts";
import { linksOf } from "./link.ts";
import { pathOf } from "./path.ts";
import type { Component, Manifest, SecretReference } from "./schema.ts";

type Policies = Manifest["spec"]["policies"];
type Told = { readonly path: string; readonly message: string };

const POLICY = "policy.secret.wasmcloud.dev/v1alpha1";
const BACKEND = "edgeloom";

/** What is wrong with how secrets are named, with the place of each. */
export function secretFindings({ spec: { components, policies } }: Manifest): Told[] {
  return components.flatMap((component, at) =>
    secretsIn(component).flatMap(({ path, secrets }) =>
      secrets.flatMap(({ name, properties }, index): Told[] => {
        const inSecret = pathOf(["spec", "components", at, ...path, "secrets", index]);
        const twice = secrets.findIndex((other) => other.name === name) < index;
        const policy = policyOf(policies, properties.policy);
        return [
          ...(twice ? [{ path: `${inSecret}.name`, message: `${name} is named already` }] : []),
          ...(policy === undefined
            ? [
                {
                  path: `${inSecret}.properties.policy`,
                  message: `no policy of type ${POLICY} is named ${properties.policy}`,
                },
              ]
            : []),
        ];
      }),
    ),
  );
}

/** What the lattice gives, and why it doesn't. */
export function secretsOf(
  { properties: { secrets = [] } }: Component,
  policies: Policies,
): { readonly secrets: NamedSecret[]; readonly faults: string[] } {
  const faults = secrets.flatMap(({ name, properties }) => {
    const backend = policyOf(policies, properties.policy)?.properties?.["backend"];
    if (backend !== BACKEND) {
      return `The secret ${name} can't be had: the backend of its policy ${properties.policy} is ${JSON.stringify(backend) ?? "not told"}, and only ${BACKEND} is offered here.`;
    }
    const { version } = properties;
    return version === undefined
      ? []
      : `The secret ${name} can't be had in version ${version}: only its newest is kept.`;
  });
  const named = secrets.map(({ name, properties: { key, field = null } }) => ({
    name,
    key,
    field,
  }));
  return { secrets: named, faults };
}

function policyOf(policies: Policies = [], name: string) {
  return policies.find((policy) => policy.name === name && policy.type === POLICY);
}

/** Everywhere that they may stand. */
function secretsIn(component: Component) {
  const ofLinks = linksOf(component).flatMap(({ trait, index }) => {
    if (trait.type === "linkdef") return [];
    const { source, target } = trait.properties;
    const inTrait = ["traits", index, "properties"];
    return [
      { path: [...inTrait, "source"], secrets: source?.secrets ?? [] },
      {
        path: [...inTrait, "target"],
        secrets: typeof target === "string" ? [] : (target.secrets ?? []),
      },
    ];
  });
  const { secrets = [] } = component.properties;
  const own: { path: (string | number)[]; secrets: readonly SecretReference[] } = {
    path: ["properties"],
    secrets,
  };
  return [own, ...ofLinks];
}
