// An app's spec: what is taken, what stands where nothing was said, and that every fault has its path.
import { describe, expect, it } from "vitest";
import { parseSpec } from "#domain/app/parse-spec.ts";
import { DEFAULT_POLICY } from "#domain/autoscale/policy.ts";
import { DEFAULT_PROBE } from "#domain/health/probe.ts";
import { parseYaml } from "#domain/yaml.ts";
import { REGISTERED } from "#test/domain/app/documented.ts";

const WHOLE = `
apiVersion: v1
kind: App
metadata:
  name: shop
  labels: {app: shop, example.com/team: web}
  annotations: {note: "spring: sale"}
spec:
  type: http
  image: ghcr.io/acme/shop:2.1.0
  ports:
    - {containerPort: 8080, protocol: HTTP, name: web}
    - {containerPort: 9000, protocol: TCP}
  resources: {cpu: 250m, memory: 64Mi}
  env:
    - {name: LEVEL, value: debug}
    - {name: SELF, source: sdk, key: instance.ip}
    - {name: KEY, source: secret, key: payments}
  command: [serve]
  args: ["--fast"]
scaling:
  mode: manual
  minReplicas: 2
  maxReplicas: 8
  targetRPSPerReplica: 20
  maxP95LatencyMs: 100
  maxCPUPercent: 60
  maxMemoryPercent: 70
  maxConnPerReplica: 10
  scaleOutThresholdPct: 75
  scaleInThresholdPct: 20
  windowSeconds: 30
  cooldownSeconds: 60
  maxScaleOutStep: 2
  maxScaleInStep: 1
healthCheck:
  path: /ready
  port: 9000
  protocol: HTTP
  periodSeconds: 10
  timeoutSeconds: 2
  initialDelaySeconds: 0
  failureThreshold: 2
  successThreshold: 2
  expectedStatusCodes: [200, 204]
termination: {drainSeconds: 5}
restartPolicy: OnFailure
rollout:
  strategy: Canary
  strategyConfig: {stages: [10, 100]}
`;

describe("a spec", () => {
  it("gets the documented defaults where the document's example is silent", () => {
    expect(parseSpec(REGISTERED)).toEqual({
      ok: true,
      spec: {
        name: "my-app",
        labels: { app: "my-app", version: "v1" },
        annotations: {},
        image: "nginx:alpine",
        ports: [{ port: 80, protocol: "HTTP", name: null }],
        resources: { cpuMillis: null, memoryBytes: null },
        environment: [],
        command: [],
        args: [],
        scaling: DEFAULT_POLICY,
        health: DEFAULT_PROBE,
        drainMs: 30_000,
        restart: "Always",
        rollout: null,
      },
    });
  });

  it("is taken whole from YAML", () => {
    const text = parseYaml(WHOLE);
    expect(text.ok && parseSpec(text.value)).toMatchObject({
      ok: true,
      spec: {
        name: "shop",
        annotations: { note: "spring: sale" },
        ports: [
          { port: 8080, protocol: "HTTP", name: "web" },
          { port: 9000, protocol: "TCP", name: null },
        ],
        resources: { cpuMillis: 250, memoryBytes: 64 * 1024 * 1024 },
        environment: [
          { name: "LEVEL", source: "value", value: "debug" },
          { name: "SELF", source: "sdk", key: "instance.ip" },
          { name: "KEY", source: "secret", key: "payments" },
        ],
        scaling: {
          mode: "manual",
          minReplicas: 2,
          maxReplicas: 8,
          targetRpsPerReplica: 20,
          maxConnectionsPerReplica: 10,
          scaleInThresholdPercent: 20,
          maxScaleOutStep: 2,
        },
        health: {
          path: "/ready",
          port: 9000,
          periodMs: 10_000,
          timeoutMs: 2_000,
          graceMs: 0,
          failureThreshold: 2,
          successThreshold: 2,
          expectedStatusCodes: [200, 204],
        },
        drainMs: 5_000,
        restart: "OnFailure",
        rollout: {
          strategy: { name: "Canary", stages: [10, 100], evaluationPeriodMs: 300_000 },
          autoPromote: true,
          successThreshold: 1,
          failureThreshold: 3,
        },
      },
    });
  });

  it("raises the largest number of replicas to the least one that was asked for", () => {
    const parsed = parseSpec({ ...REGISTERED, scaling: { minReplicas: 7 } });
    expect(parsed).toMatchObject({ ok: true, spec: { scaling: { maxReplicas: 7 } } });
  });

  const { spec } = REGISTERED;
  const faults: [string, unknown, string][] = [
    ["no object", "my-app", "Invalid input: expected object, received string"],
    ["another version", { ...REGISTERED, apiVersion: "v2" }, "apiVersion: expected v1"],
    ["another kind", { ...REGISTERED, kind: "Pod" }, "kind: expected App"],
    ["a short name", { ...REGISTERED, metadata: { name: "a" } }, "metadata.name: expected letters"],
    ["a dash last", { ...REGISTERED, metadata: { name: "a-" } }, "metadata.name: expected letters"],
    ["an unknown key", { ...REGISTERED, replicas: 1 }, 'Unrecognized key: "replicas"'],
    [
      "a host that is none",
      { ...REGISTERED, metadata: { name: "shop", annotations: { "edgeloom/hosts": "a b_c.d" } } },
      "metadata.annotations.edgeloom/hosts: expected hosts such as shop.example.com, not a",
    ],
    [
      "an unknown strategy",
      { ...REGISTERED, rollout: { strategy: "YOLO" } },
      "rollout.strategy: expected strategy to be Canary",
    ],
    [
      "a stage that goes back",
      { ...REGISTERED, rollout: { strategy: "Canary", strategyConfig: { stages: [50, 10, 100] } } },
      "rollout.strategyConfig.stages: expected stages that grow",
    ],
    [
      "a health function of a rollout",
      {
        ...REGISTERED,
        rollout: { strategy: "Rolling", strategyConfig: { healthCheckFunction: "well" } },
      },
      "rollout.strategyConfig.healthCheckFunction: expected none",
    ],
    [
      "no tag",
      { ...REGISTERED, spec: { ...spec, image: "nginx" } },
      "spec.image: expected an image",
    ],
    [
      "a host's port for a tag",
      { ...REGISTERED, spec: { ...spec, image: "localhost:5000/nginx" } },
      "spec.image: expected an image with a tag",
    ],
    ["no port", { ...REGISTERED, spec: { ...spec, ports: [] } }, "spec.ports: expected one port"],
    [
      "a port twice",
      { ...REGISTERED, spec: { ...spec, ports: [{ containerPort: 80 }, { containerPort: 80 }] } },
      "spec.ports[1].containerPort: expected each port once, and 80 comes again",
    ],
    [
      "no HTTP",
      { ...REGISTERED, spec: { ...spec, ports: [{ containerPort: 80, protocol: "TCP" }] } },
      "spec.ports: expected a port of the protocol HTTP",
    ],
    [
      "a wrong quantity",
      { ...REGISTERED, spec: { ...spec, resources: { cpu: "much" } } },
      "spec.resources.cpu: expected a quantity such as 500m or 1",
    ],
    [
      "an unknown sdk key",
      { ...REGISTERED, spec: { ...spec, env: [{ name: "A", source: "sdk", key: "x" }] } },
      "spec.env[0].key: expected one of instance.ip",
    ],
    [
      "a variable twice",
      {
        ...REGISTERED,
        spec: {
          ...spec,
          env: [
            { name: "A", value: "" },
            { name: "A", value: "" },
          ],
        },
      },
      "spec.env[1].name: expected each name once, and A comes again",
    ],
    [
      "fewer at most than at least",
      { ...REGISTERED, scaling: { minReplicas: 3, maxReplicas: 2 } },
      "scaling.maxReplicas: expected at least the smallest number of replicas, 3, not 2",
    ],
    [
      "thresholds that cross",
      { ...REGISTERED, scaling: { scaleInThresholdPct: 80 } },
      "scaling.scaleInThresholdPct: expected less than the threshold for scaling out, 80, not 80",
    ],
    [
      "a percentage of 0",
      { ...REGISTERED, scaling: { maxCPUPercent: 0 } },
      "scaling.maxCPUPercent: expected a number, more than 0 and at most 100, not 0",
    ],
    [
      "a probe of a port that isn't there",
      { ...REGISTERED, healthCheck: { port: 81 } },
      "healthCheck.port: expected one of spec.ports, not 81",
    ],
  ];
  it.each(faults)("is refused for %s, at its path", (_, given, expected) => {
    const parsed = parseSpec(given);
    expect(parsed.ok ? [] : parsed.faults).toContainEqual(expect.stringContaining(expected));
  });

  it("names all faults at once", () => {
    const parsed = parseSpec({ ...REGISTERED, kind: "Pod", metadata: { name: "-" } });
    expect(parsed.ok ? [] : parsed.faults).toHaveLength(2);
  });
});

describe("YAML", () => {
  it("refuses aliases that unfold without end", () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c]
`;
    expect(parseYaml(bomb)).toMatchObject({ ok: false, fault: expect.stringMatching(/alias/i) });
  });

  it.each([
    ["two documents", "a: 1\n---\nb: 2\n", "expected one document, not 2"],
    ["nothing", "", "expected a document"],
    ["a key twice", "a: 1\na: 2\n", "Map keys must be unique"],
    ["deep nesting", `${"[".repeat(100)}${"]".repeat(100)}`, "levels of nesting"],
    ["very deep nesting", "[".repeat(50_000), ""],
    ["length", `a: ${"x".repeat(2_000_000)}`, "characters"],
  ])("refuses %s", (_, text, fault) => {
    expect(parseYaml(text)).toMatchObject({ ok: false, fault: expect.stringContaining(fault) });
  });

  it("makes no prototype of a key", () => {
    const parsed = parseYaml("__proto__: {polluted: true}\n");
    expect(parsed.ok && Object.hasOwn(Object(parsed.value), "__proto__")).toBe(true);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });
});
