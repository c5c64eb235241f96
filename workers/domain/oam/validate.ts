// What a manifest's shape doesn't tell: names that must differ, links that must lead somewhere. An error refuses the
// manifest; a warning is told and stored with it.
import { interfaceWarning } from "./interfaces.ts";
import { rolloutFaults } from "./rollout-policy.ts";
import { secretFindings } from "./secrets.ts";
import { pathOf } from "./path.ts";
import { isOldGeneration, linksOf, targetOf } from "./link.ts";
import type { Component, Config, Manifest } from "./schema.ts";

export type Finding = {
  readonly level: "error" | "warning";
  /** As JavaScript would write it: `spec.components[0].name`. */
  readonly path: string;
  readonly message: string;
};

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LABEL_NAME = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const VERSION = /^[\x21-\x7e]{1,128}$/;

export function validate(manifest: Manifest): Finding[] {
  const { components } = manifest.spec;
  return [
    ...metadata(manifest),
    ...duplicates(components),
    ...components.flatMap((component, at) => componentFindings(component, at, components)),
    ...linkConfigs(components),
    ...secretFindings(manifest).map(({ path, message }) => error(path, message)),
    ...rolloutFaults(manifest.spec.policies).map(({ path, message }) =>
      error(pathOf(["spec", "policies", ...path]), message),
    ),
  ];
}

function metadata({ metadata: { annotations = {}, labels = {} } }: Manifest): Finding[] {
  const { version } = annotations;
  const found: Finding[] = [];
  if (version === "latest") {
    const message = "latest stands for the newest version and can't be one's name";
    found.push(error("metadata.annotations.version", message));
  } else if (version !== undefined && !VERSION.test(version)) {
    const message = "expected 1 to 128 printable characters without spaces";
    found.push(error("metadata.annotations.version", message));
  }
  for (const [field, keys] of Object.entries({ annotations, labels })) {
    for (const key of Object.keys(keys).filter((key) => !isLabelKey(key))) {
      const message = "is no OAM key: expected [prefix/]name of letters, digits, dots, _ and -";
      found.push(error(`metadata.${field}.${key}`, message));
    }
  }
  return found;
}

function isLabelKey(key: string): boolean {
  const [first = "", second, ...more] = key.split("/");
  if (more.length > 0) return false;
  return second === undefined
    ? LABEL_NAME.test(first)
    : LABEL_PREFIX.test(first) && LABEL_NAME.test(second);
}

function duplicates(components: readonly Component[]): Finding[] {
  const names = new Seen();
  const ids = new Seen();
  const images = new Seen();
  return components.flatMap((component, at) => {
    const { name, properties } = component;
    const path = `spec.components[${at}]`;
    const found: Finding[] = [];
    if (names.has(name)) found.push(error(`${path}.name`, `another component is named ${name}`));
    if (ids.has(properties.id)) {
      found.push(error(`${path}.properties.id`, `another component has the id ${properties.id}`));
    }
    if (isOldGeneration(component) && images.has(properties.image)) {
      const message = `another component has the image ${properties.image}`;
      found.push(error(`${path}.properties.image`, message));
    }
    return found;
  });
}

function componentFindings(
  component: Component,
  at: number,
  components: readonly Component[],
): Finding[] {
  const path = `spec.components[${at}]`;
  const { image, application } = component.properties;
  const found: Finding[] = [];
  if (image === undefined && application === undefined) {
    found.push(error(`${path}.properties`, "expected an image or an application"));
  }
  if (image !== undefined && application !== undefined) {
    found.push(error(`${path}.properties`, "expected an image or an application, not both"));
  }
  const scalers = (component.traits ?? []).filter(({ type }) => type.endsWith("scaler"));
  if (scalers.length > 1) {
    found.push(error(`${path}.traits`, "expected one spreadscaler or daemonscaler at most"));
  }
  const seen = new Seen();
  for (const { trait, index } of linksOf(component)) {
    const inLink = `${path}.traits[${index}].properties`;
    const target = targetOf(trait);
    if (target === "") {
      found.push(error(`${inLink}.target`, "expected the name of a component"));
    } else if (!components.some(({ name }) => name === target)) {
      found.push(warning(`${inLink}.target`, `no component of this manifest is named ${target}`));
    }
    if (trait.type === "linkdef") {
      if (seen.has(target)) found.push(error(inLink, `a link to ${target} is there already`));
      continue;
    }
    const { name = "default", namespace, interfaces, package: pack } = trait.properties;
    for (const one of interfaces) {
      const means = `${namespace}:${pack}/${one}`;
      if (seen.has(`${name} ${means}`)) {
        found.push(error(inLink, `a link named ${name} of ${means} is there already`));
      }
      const unknown = interfaceWarning(namespace, pack, one);
      if (unknown !== null) found.push(warning(`${inLink}.interfaces`, unknown));
    }
    for (const [old, place] of [
      ["source_config", "source"],
      ["target_config", "target"],
    ] as const) {
      if (trait.properties[old] === undefined) continue;
      const next = trait.properties[place];
      const isBoth = typeof next === "object" && next.config !== undefined;
      found.push(
        isBoth
          ? error(`${inLink}.${old}`, `expected ${place}.config alone`)
          : warning(`${inLink}.${old}`, `is deprecated: write ${place}.config`),
      );
    }
  }
  return found;
}

/** A config that is written out is one thing, wherever it stands. */
function linkConfigs(components: readonly Component[]): Finding[] {
  const seen = new Seen();
  return components.flatMap((component, at) =>
    linksOf(component).flatMap(({ trait, index }) => {
      if (trait.type === "linkdef") return [];
      const { source, target, source_config, target_config } = trait.properties;
      const written: readonly Config[] = [
        ...(source?.config ?? []),
        ...(typeof target === "string" ? [] : (target.config ?? [])),
        ...(source_config ?? []),
        ...(target_config ?? []),
      ].filter(({ properties }) => properties !== undefined);
      return written.flatMap(({ name }) => {
        if (!seen.has(name)) return [];
        const path = `spec.components[${at}].traits[${index}].properties`;
        return [error(path, `the config ${name} is written out by another link too`)];
      });
    }),
  );
}

class Seen {
  readonly #keys = new Set<string>();

  /** Whether it was asked before. */
  has(key: string | undefined): boolean {
    if (key === undefined) return false;
    if (this.#keys.has(key)) return true;
    this.#keys.add(key);
    return false;
  }
}

function error(path: string, message: string): Finding {
  return { level: "error", path, message };
}

function warning(path: string, message: string): Finding {
  return { level: "warning", path, message };
}
