import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { parseManifest, tellFindings } from "#domain/oam/parse.ts";
import { manifestJsonSchema } from "#domain/oam/schema.ts";
import { parseYaml } from "#domain/yaml.ts";
import { COUNTER, ECHO } from "./manifests.ts";

function errorsOf(text: string): string {
  const parsed = parseManifest(text, null);
  return parsed.ok ? "" : tellFindings(parsed.errors);
}

function warningsOf(text: string): string {
  const parsed = parseManifest(text, null);
  if (!parsed.ok) throw new Error(tellFindings(parsed.errors));
  return tellFindings(parsed.warnings);
}

describe("a manifest", () => {
  it.each([
    ["0.82", ECHO],
    ["today", COUNTER],
  ])("of %s is taken without a warning, as YAML and as JSON", (_, text) => {
    expect(warningsOf(text)).toBe("");
    const read = parseYaml(text);
    if (!read.ok) throw new Error(read.fault);
    expect(parseManifest(JSON.stringify(read.value), "json").ok).toBe(true);
  });

  it("said to be JSON must be it", () => {
    expect(parseManifest(ECHO, "json").ok).toBe(false);
  });

  it.each([
    ["strategy: Carefully", "spec.policies[0].properties.strategy: expected strategy to be Canary"],
    [
      "strategy: Canary, strategyConfig: { stages: [50, 20] }",
      "spec.policies[0].properties.strategyConfig.stages: expected stages that grow",
    ],
    ["strategy: Canary, gates: { minimumSample: 0 }", "properties.gates.minimumSample: "],
  ])("is refused with a rollout policy of %s", (given, told) => {
    const policy = `{ name: p, type: rollout.edgeloom.dev/v1, properties: { ${given} } }`;
    expect(errorsOf(`${ECHO}  policies: [${policy}]\n`)).toContain(told);
  });

  it.each([
    ["another version of OAM", ["v1beta1", "v1"], "apiVersion: "],
    ["another kind", ["kind: Application", "kind: App"], "kind: "],
    ["a name with a dot", ["name: counter\n  ann", "name: a.b\n  ann"], "metadata.name: "],
    ["the version latest", ["v1.0.0\n  ", "latest\n  "], "metadata.annotations.version: latest"],
    ["a version with a space", ["v1.0.0\n  ", "v 1\n  "], "metadata.annotations.version: "],
    ["a bad annotation", ["wasmcloud.dev/authors", "a/b/c"], "metadata.annotations.a/b/c: "],
    ["a bad label", ["app.oam.io/name", "-name"], "metadata.labels.-name: "],
    ["an unknown property", ["id: counter", "idd: counter"], "spec.components[0].properties: "],
    ["an unknown trait", ["spreadscaler", "autoscaler"], "spec.components[0].traits[0].type: "],
    ["an unknown key of a trait", ["instances: 4", "instance: 4"], "traits[0].properties: "],
    ["an unknown key of a spread", ["weight: 80", "wait: 80"], "properties.spread[0]: "],
    ["a negative weight", ["weight: 80", "weight: -1"], "properties.spread[0].weight: "],
    ["too many instances", ["instances: 4", "instances: 4000"], "properties.instances: "],
    [
      "both counts",
      ["instances: 4", "instances: 4\n            replicas: 4"],
      "expected either instances or replicas",
    ],
    ["two components of a name", ["- name: kv\n      t", "- name: http\n      t"], "[2].name: "],
    [
      "a link without a target",
      ["target: counter", 'target: ""'],
      "[2].traits[0].properties.target: ",
    ],
    [
      "a link twice",
      ["[store, atomics]", "[store, store]"],
      "of wasi:keyvalue/store is there already",
    ],
    [
      "a config written out twice",
      ["- name: address", "- name: bucket"],
      "the config bucket is written",
    ],
    ["no image", ["image: counter-v1.0.0\n        ", ""], "expected an image or an application"],
    [
      "no component",
      [COUNTER.slice(COUNTER.indexOf("  components:")), "  components: []"],
      "spec.components: ",
    ],
    ["a name that is none", ["- name: kv\n      t", '- name: ""\n      t'], "components[1].name: "],
    [
      "a link of an older form beside today's",
      [
        "type: link\n          properties:\n            target: counter",
        "type: linkdef\n          properties:\n            target: counter",
      ],
      "spec.components[2].traits[0].properties: ",
    ],
    [
      "two scalers",
      [
        "- type: link\n",
        "- type: daemonscaler\n          properties: { instances: 1 }\n        - type: link\n",
      ],
      "spec.components[0].traits: expected one",
    ],
    [
      "a config in both of its places",
      [
        "            source:\n",
        "            source_config: [{ name: old }]\n            source:\n",
      ],
      "[2].traits[0].properties.source_config: expected source.config alone",
    ],
    [
      "an image and an application",
      ["id: counter", "application: { name: a, component: b }"],
      "expected an image or an application, not both",
    ],
  ])("is refused with %s", (_, [from, to], told) => {
    const text = COUNTER.replace(from ?? "", to ?? "");
    expect(text).not.toBe(COUNTER);
    expect(errorsOf(text)).not.toBe("");
    expect(errorsOf(text)).toContain(told);
  });

  it("may not give one id twice", () => {
    const text = COUNTER.replace("keyvalue-nats:0.3.1", "keyvalue-nats:0.3.1\n        id: counter");
    expect(errorsOf(text)).toContain("spec.components[1].properties.id");
  });

  it("of 0.82 may not have an image twice", () => {
    const text = ECHO.replace("httpserver:0.19.1", "echo:0.3.7");
    expect(errorsOf(text)).toContain("spec.components[1].properties.image");
  });

  it.each([
    ["a link that leads nowhere", ["target: counter", "target: nobody"], ".target: no component"],
    [
      "an interface that isn't known",
      ["[incoming-handler]", "[incoming]"],
      ".interfaces: wasi:http has no interface incoming",
    ],
    [
      "a package that isn't known",
      ["package: http", "package: httpp"],
      ".interfaces: wasi has no package httpp",
    ],
    [
      "an interface of wasmCloud's that isn't known",
      [
        "namespace: wasi\n            package: http",
        "namespace: wasmcloud\n            package: bus",
      ],
      ".interfaces: wasmcloud:bus has no interface incoming-handler",
    ],
    [
      "an interface of wRPC's that isn't known",
      ["namespace: wasi\n            package: http", "namespace: wrpc\n            package: sql"],
      ".interfaces: wrpc has no package sql",
    ],
    [
      "a deprecated config of the source",
      ["source:\n              config:", "source_config:"],
      ".source_config: is deprecated: write source.config",
    ],
    [
      "a deprecated config of the target",
      ["source:\n              config:", "target_config:"],
      ".target_config: is deprecated: write target.config",
    ],
  ])("is taken with a warning for %s", (_, [from, to], told) => {
    const text = COUNTER.replace(from ?? "", to ?? "");
    expect(text).not.toBe(COUNTER);
    expect(warningsOf(text)).toContain(`spec.components[2].traits[0].properties${told}`);
  });

  it("says nothing of interfaces of somebody's own", () => {
    expect(
      warningsOf(
        COUNTER.replace(
          "namespace: wasi\n            package: http",
          "namespace: acme\n            package: x",
        ),
      ),
    ).toBe("");
  });
});

describe("the published JSON Schema", () => {
  // As it travels.
  const validator = new Validator(JSON.parse(JSON.stringify(manifestJsonSchema())), "2020-12");

  it.each([
    [ECHO, true],
    [COUNTER, true],
    [COUNTER.replace("weight: 80", "wait: 80"), false],
    [COUNTER.replace("v1beta1", "v1"), false],
    [COUNTER.replace("instances: 4", "instances: 4000"), false],
    [COUNTER.replace("type: link\n", "type: bond\n"), false],
    [COUNTER.replace("name: counter\n  ann", "name: a.b\n  ann"), false],
    [ECHO.replace("actor", "worker"), false],
    [ECHO.replace("replicas: 1", "replicas: one"), false],
  ])("takes what the parser takes", (text, isTaken) => {
    const read = parseYaml(text);
    if (!read.ok) throw new Error(read.fault);
    expect(validator.validate(read.value).valid).toBe(isTaken);
    expect(parseManifest(text, null).ok).toBe(isTaken);
  });
});
