// What of a manifest is run, what isn't offered, and how a model stands by how its workloads stand.
import { expect, test } from "vitest";
import { planComponents } from "#domain/oam/component.ts";
import type { Planned } from "#domain/oam/component.ts";
import { parseManifest } from "#domain/oam/parse.ts";
import { modelStatus } from "#domain/oam/status.ts";
import type { WorkloadStatus } from "#domain/workload/status.ts";
import { NO_STATUS } from "#domain/workload/status.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { COUNTER, ECHO } from "#test/domain/oam/manifests.ts";

function planned(text: string): Planned[] {
  const parsed = parseManifest(text, null);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return planComponents({ ...parsed, lattice: "default" });
}

function component(name: string, given: Partial<Planned> = {}): Planned {
  const scaler = { name, type: "spreadscaler", fault: null } as const;
  const plain = { want: null, isProvided: false, links: [], faults: [] };
  return { name, type: "component", id: name, traits: [scaler], ...plain, ...given };
}

const deployment = { type: "deployment", replicas: 2 } as const;

function stands(name: string, status: Partial<WorkloadStatus>, given: Partial<Workload> = {}) {
  const spec = { ...DEFAULT_SPEC, namespace: "default", owner: "wadm", moduleId: "m-v1.0.0", name };
  const workload = { ...spec, id: name, revision: "1", kind: deployment, ...given };
  return [name, { workload, status: { ...NO_STATUS, desired: 2, ...status } }] as const;
}

const of = (...workloads: ReturnType<typeof stands>[]) => ({
  workloads: new Map(workloads),
  faults: {},
});
const counts = (given: Partial<WorkloadStatus["counts"]>) => ({ ...NO_STATUS.counts, ...given });
const running = { phase: "running", current: 2 } as const;

test("a component becomes as many instances as its scaler wants, divided by its spread, with its config", () => {
  const [counter] = planned(COUNTER);
  expect(counter).toMatchObject({
    id: "counter",
    faults: [],
    want: {
      image: "counter-v1.0.0",
      kind: { type: "deployment", replicas: 4 },
      config: { step: "2" },
      spread: [
        { name: "east", weight: 80, requirements: { region: "us-east" } },
        { name: "west", weight: 100, requirements: { region: "us-west" } },
      ],
    },
  });
});

test("a component without an id is named by its manifest and itself", () => {
  const text = ECHO.replaceAll("name: echo", "name: My.Echo").replace(
    "name: My.Echo",
    "name: My_App",
  );
  expect(planned(text)[0]?.id).toBe("my_app-my_echo");
});

test("a daemonscaler wants its instances on each node", () => {
  const text = ECHO.replace("type: spreadscaler", "type: daemonscaler");
  expect(planned(text)[0]?.want?.kind).toEqual({ type: "daemonset", perNode: 1 });
});

test("a capability that isn't offered fails with its name, and every link to it", () => {
  const text = ECHO.replace("contract: wasmcloud:httpserver", "contract: wasmcloud:sql");
  const { status, components } = modelStatus(planned(text), of(stands("echo-echo", running)));
  const told = "The capability httpserver (wasmcloud:sql) is not offered here.";
  expect(status).toEqual({ type: "failed", message: told });
  expect(components.map(({ status }) => status.message)).toEqual([told, told]);
  expect(components[0]?.traits).toEqual([
    { name: "echo", type: "spreadscaler", status: { type: "deployed", message: "" } },
    { name: "httpserver", type: "linkdef", status: { type: "failed", message: told } },
  ]);
});

test("a config that the manifest doesn't write out is asked for by its name", () => {
  const text = ECHO.replace(
    "image: wasmcloud.azurecr.io/echo:0.3.7",
    "image: echo\n        config: [{ name: elsewhere }]",
  );
  expect(planned(text)[0]?.want?.configNames).toEqual(["elsewhere"]);
});

test("links of either generation lead to what the platform provides, with their configs", () => {
  const [echo] = planned(ECHO);
  expect(echo?.links).toMatchObject([
    { source: "echo-httpserver", target: "echo-echo", package: "http", port: 8080 },
  ]);
  const [counter, , server] = planned(COUNTER);
  expect(counter?.links).toMatchObject([
    { source: "counter", target: "counter-kv", targetConfig: { bucket: "counts" }, port: null },
  ]);
  expect(counter?.want?.grants).toEqual([
    { service: "keyvalue", name: "default", scope: "default/counter/counter-kv/default" },
  ]);
  expect(server?.links).toMatchObject([
    { source: "counter-http", target: "counter", port: 8080, service: "httpserver" },
  ]);
});

test.each([
  [
    "an interface that its service lacks",
    ["[store, atomics]", "[watcher]"],
    "wasi:keyvalue/watcher",
  ],
  ["an address without a port", ["address: 0.0.0.0:8080", "address: here"], "has no port: here"],
  [
    "a target that is nowhere",
    ["name: kv\n              config", "name: k\n              config"],
    "is named k.",
  ],
])("a link with %s fails with the reason", (_, [from, to], told) => {
  const faults = planned(COUNTER.replace(from ?? "", to ?? "")).flatMap(({ traits }) =>
    traits.flatMap(({ fault }) => fault ?? []),
  );
  expect(faults.join()).toContain(told);
});

test.each([
  ["the component itself", "edgeloom", ["echo", "image: wasmcloud.azurecr.io/echo:0.3.7"], null],
  [
    "another backend",
    "vault",
    ["echo", "image: wasmcloud.azurecr.io/echo:0.3.7"],
    '"vault", and only',
  ],
  [
    "a provider",
    "edgeloom",
    ["httpserver", "contract: wasmcloud:httpserver"],
    "takes no secret key",
  ],
])(
  "a secret of %s under the backend %s is given, or a reason to fail",
  (...[, backend, at, told]) => {
    const [name = "", line = ""] = at;
    const secret = "secrets: [{ name: key, properties: { policy: p, key: k } }]";
    const policy = `{ name: p, type: policy.secret.wasmcloud.dev/v1alpha1, properties: { backend: ${backend} } }`;
    const text = `${ECHO.replace(line, `${line}\n        ${secret}`)}  policies: [${policy}]\n`;
    const found = planned(text).find((one) => one.name === name);
    if (told === null) {
      const secrets = [{ name: "key", key: "k", field: null }];
      expect(found?.want?.grants).toEqual([{ service: "secrets", lattice: "default", secrets }]);
      return;
    }
    expect(found?.want).toBeNull();
    expect(found?.faults.join()).toContain(told);
  },
);

test("a secret of a link has nobody to take it", () => {
  const secret = "secrets: [{ name: key, properties: { policy: p, key: k } }]";
  const policy = "{ name: p, type: policy.secret.wasmcloud.dev/v1alpha1 }";
  const text = COUNTER.replace(
    "            source:\n",
    `            source:\n              ${secret}\n`,
  );
  const faults = planned(`${text}  policies: [${policy}]\n`).flatMap(({ traits }) =>
    traits.flatMap(({ fault }) => fault ?? []),
  );
  expect(faults.join()).toContain("The secret key of a link has nobody");
});

test.each([
  ["running", running, ["deployed", ""]],
  ["deploying", { phase: "deploying", current: 1 }, ["reconciling", "1 of 2 instances are ready."]],
  [
    "no room",
    { phase: "pending", unplaced: [{ instance: "i", reason: "0/1 nodes: 1 spread.", retryAt: 0 }] },
    ["waiting", "0 of 2 instances are ready: 0/1 nodes: 1 spread."],
  ],
  [
    "one unhealthy",
    { phase: "deploying", current: 1, counts: counts({ ready: 1, unhealthy: 1 }) },
    ["unhealthy", "1 of 2 instances are ready, 1 unhealthy."],
  ],
  [
    "a spread that no node satisfies",
    { phase: "failed", conflicts: ["Could not satisfy spread east: none."] },
    ["failed", "Could not satisfy spread east: none."],
  ],
  ["none wanted", { phase: "created", desired: 0 }, ["deployed", "No instances are wanted."]],
] as const)("a workload with %s tells so", (_, status, told) => {
  const [type, message] = told;
  const found = modelStatus([component("one")], of(stands("one", status)));
  expect(found.status).toEqual({ type, message });
  expect(found.components[0]?.traits[0]?.status).toEqual({ type, message });
});

test("a daemonscaler whose spread matches no node fails", () => {
  const east = { name: "east", weight: 100, requirements: { region: "us-east" } };
  const one = stands(
    "one",
    { desired: 0 },
    {
      kind: { type: "daemonset", perNode: 1 },
      spread: [east],
    },
  );
  expect(modelStatus([component("one")], of(one)).status).toMatchObject({
    type: "failed",
    message: expect.stringContaining("Could not satisfy spread east"),
  });
});

test("a model is as its worst component, in the order failed, undeployed, waiting, reconciling, unhealthy, deployed", () => {
  const worstFirst = [
    stands("failed", { phase: "failed", conflicts: ["No."] }),
    stands("undeployed", {}, { isStopped: true }),
    stands("waiting", {
      phase: "pending",
      unplaced: [{ instance: "i", reason: "No room.", retryAt: 0 }],
    }),
    stands("reconciling", { phase: "updating" }),
    stands("unhealthy", { phase: "deploying", current: 1, counts: counts({ unhealthy: 1 }) }),
    stands("deployed", running),
  ];
  for (const [at, [name]] of worstFirst.entries()) {
    const left = worstFirst.slice(at).reverse();
    const parts = left.map(([id]) => component(id));
    expect(modelStatus(parts, of(...left)).status.type).toBe(name);
  }
});

test("a component whose workload could not be written tells why; before that it waits", () => {
  const faults = { one: "Image one names no registered module." };
  const told = modelStatus([component("one")], { workloads: new Map(), faults });
  expect(told.status).toEqual({ type: "failed", message: faults.one });
  const before = modelStatus([component("one")], { workloads: new Map(), faults: null });
  expect(before.status.type).toBe("waiting");
});

test("a component whose rollout waits for a person tells why", () => {
  const begun = { deployment: "d-1", moduleId: "m-v1.1.0", purpose: "update" } as const;
  const rollout = { ...begun, stage: "rolling", to: null, from: null, message: null } as const;
  const paused = new Map([["d-1", "Latency: it may still be chance."]]);
  const given = { ...of(stands("web", running, { rollout })), paused };
  expect(modelStatus([component("web")], given).status).toEqual({
    type: "reconciling",
    message: "Deployment d-1 of m-v1.1.0 is paused: Latency: it may still be chance.",
  });
});

test.each([
  ["rolling", "reconciling", "Deployment d-1 brings m-v1.1.0."],
  ["replacing", "reconciling", "Deployment d-1 brings m-v1.1.0."],
  ["complete", "deployed", ""],
  ["takenBack", "failed", "Deployment d-1 of m-v1.1.0 was taken back: it failed its probe"],
] as const)("a component whose rollout is %s is %s", (stage, type, message) => {
  const begun = { deployment: "d-1", moduleId: "m-v1.1.0", purpose: "update", stage } as const;
  const rollout = { ...begun, to: null, from: null, message: "it failed its probe" };
  const { status } = modelStatus([component("web")], of(stands("web", running, { rollout })));
  expect(status).toEqual({ type, message });
});
