// The attacks, one after the other, each with the ends that it may come to.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HURTFUL, asking, importing, injections } from "#test/wasm/hurtful.ts";
import { mutated } from "#test/wasm/mutated.ts";
import { assemble } from "#test/wat.ts";
import { codeOf } from "#scripts/bench/host.ts";
import type { Called, Host } from "#scripts/bench/host.ts";
import type { Secret } from "./secret.ts";

export type Attack = {
  readonly name: string;
  /** One go at it, and which: how it ended. */
  readonly strike: (turn: number) => Promise<string>;
  readonly expected: RegExp;
  /** So often at least; else for as long as it takes to see its neighbour. */
  readonly strikesMin?: number;
  /** No more often than this. */
  readonly everyMs?: number;
};

const FIXTURES = new URL("../../../test/", import.meta.url);
const MUTATIONS = 3_000;
/** Ten registrations a minute are documented: what is large comes no faster from one user. */
const REGISTRATION_MS = 6_000;
/** Of those that are taken in, so many are brought onto the node and called. */
const MUTANTS_RUN = 12;
/** What only the one who was given it may find. */
const GIVEN = { NAME: "given to another" };

const CALLS: readonly [functionName: string, expected: RegExp, parameters?: unknown][] = [
  ["loop", /^(?:EXECUTION_TIMEOUT|GUEST_GAS)$/],
  ["table", /^(?:EXECUTION_TIMEOUT|GUEST_GAS)$/, [0]],
  ["fanout", /^(?:EXECUTION_TIMEOUT|GUEST_GAS)$/],
  ["recurse", /^GUEST_(?:STACK|GAS)$/],
  ["mutual", /^(?:EXECUTION_TIMEOUT|GUEST_GAS)$/],
  ["caught", /^(?:EXECUTION_TIMEOUT|GUEST_GAS)$/],
  ["fill", /^GUEST_GAS$/],
  ["copy", /^GUEST_GAS$/],
  ["handles", /^GUEST_GAS$/],
  ["exhaust", /^GUEST_MEMORY$/],
];

/** Brings the guests that attack onto the node. */
export async function attacks(host: Host, secret: Secret): Promise<Attack[]> {
  const wat = (path: string): Promise<Uint8Array> =>
    assemble(fileURLToPath(new URL(path, FIXTURES)));
  const numbers = await wat("fixtures/numbers.wat");
  const courier = readFileSync(new URL("../examples/courier/courier.wasm", FIXTURES));
  const command = readFileSync(new URL("component/fixtures/command.wasm", FIXTURES));
  const listed = { networkAccess: "AllowList", allowedHosts: ["example.com"] };
  await host.serve("hostile", await wat("fixtures/hostile.wat"));
  await host.serve("starting", await wat("fixtures/starting.wat"));
  await host.serve("flood", readFileSync(new URL("wasi1/fixtures/report.wasi", FIXTURES)), {
    wasiVersion: "preview1",
  });
  for (const tenant of ["one", "other"]) await host.serve(`numbers-${tenant}`, numbers);
  await host.serve("command-one", command, { limits: { environmentVariables: GIVEN } });
  await host.serve("command-other", command);
  await host.serve("courier", courier);
  await host.serve("courier-listed", courier, { limits: listed });
  const called = (name: string, given: Called, expected: RegExp): Attack => ({
    name,
    expected,
    strike: async () => codeOf(await host.call(given)),
  });
  const mutants = await mutantsOf(host, [numbers, courier, command]);
  return [
    ...CALLS.map(([functionName, expected, parameters]) =>
      called(functionName, { moduleId: "hostile", functionName, parameters }, expected),
    ),
    called("start", { moduleId: "starting", functionName: "answer" }, /TIMEOUT|GUEST_GAS/),
    called("stdout flood", { moduleId: "flood", functionName: "flood" }, /^GUEST_OUTPUT$/),
    called(
      "stdout flood, component",
      { moduleId: "command-other", functionName: "flood" },
      /^GUEST_OUTPUT$/,
    ),
    tenants("state, core module", host, ["numbers", "count", "2"]),
    tenants("state, component", host, ["command", "count", "1"]),
    {
      name: "another's environment",
      strike: () => host.value({ moduleId: "command-other", functionName: "environment" }),
      expected: /^"none"$/,
    },
    ...reaching(host, secret),
    ...uploads(host, secret),
    ...mutants,
  ];
}

/** The same bytes, and so the same isolate, for two of them. */
function tenants(
  name: string,
  host: Host,
  [module, functionName, fresh]: [string, string, string],
): Attack {
  const strike = async (): Promise<string> => {
    for (const tenant of ["one", "one", "other"]) {
      const found = await host.value({ moduleId: `${module}-${tenant}`, functionName });
      if (found !== fresh) return `found ${found}`;
    }
    return "found nothing";
  };
  return { name, strike, expected: /^found nothing$/ };
}

/** A guest that asks for the network, by names that all mean this machine. */
function reaching(host: Host, secret: Secret): Attack[] {
  const [, port = ""] = secret.host.split(":");
  const ways = [secret.host, `localhost:${port}`, `2130706433:${port}`, `[::ffff:7f00:1]:${port}`];
  return [
    ["courier", "network, disabled", /^502$/] as const,
    ["courier-listed", "network, not listed", /^403$/] as const,
  ].map(([module, name, expected]) => {
    const strike = async (turn: number): Promise<string> => {
      const way = of(ways, turn);
      const { status } = await host.ask(module, `fetch?http:${way}/`);
      return secret.seen() === 0 ? String(status) : "reached it";
    };
    return { name, strike, expected };
  });
}

/** Binaries that are made to hurt whoever prepares them, each refused or taken with its reason. */
function uploads(host: Host, secret: Secret): Attack[] {
  const script = `globalThis.fetch("http://${secret.host}/");`;
  const asks = [
    asking("env", "fetch"),
    asking("globalThis", "fetch"),
    asking("cloudflare:sockets", "connect"),
    importing("wasi:host/fetch@0.2.0"),
  ];
  const each = (name: string, binaries: readonly Uint8Array[], word: string): Attack => ({
    name,
    strike: async (turn) => {
      const { status, text } = await host.register(of(binaries, turn));
      return status === 400 && text.includes(word) ? "refused" : `${status} ${text}`;
    },
    expected: /^refused$/,
    strikesMin: binaries.length,
  });
  return [
    each("script injection", injections(script), "printable ASCII"),
    each("env and globalThis", asks, "which no node provides"),
    ...HURTFUL.map(({ name, bytes, statuses, word }): Attack => {
      const binary = bytes();
      const strike = async (): Promise<string> => {
        const { status, text } = await host.register(binary);
        return text.includes(word) ? String(status) : `${status} ${text}`;
      };
      return {
        name,
        strike,
        expected: new RegExp(`^(?:${statuses.join("|")})$`),
        everyMs: REGISTRATION_MS,
      };
    }),
  ];
}

/** Real binaries with bytes changed; some of those that are taken in are then run. */
async function mutantsOf(
  host: Host,
  originals: readonly [Uint8Array, ...Uint8Array[]],
): Promise<Attack[]> {
  const mutant = async (turn: number): Promise<string> => {
    const { status, text } = await host.register(mutated(originals, turn));
    return status === 400 || status === 201 ? String(status) : `${status} ${text}`;
  };
  const taken: Called[] = [];
  for (let at = 0; taken.length < MUTANTS_RUN; at += 1) {
    const name = `mutant-${at}`;
    const { status, text } = await host.register(mutated(originals, MUTATIONS + at), { name });
    if (status !== 201) continue;
    await host.deploy(`${name}-v1.0.0`);
    const { exportedFunctions } = JSON.parse(text) as { exportedFunctions: string[] };
    const [functionName = "none"] = exportedFunctions;
    taken.push({ moduleId: name, functionName });
  }
  const run = async (turn: number): Promise<string> => codeOf(await host.call(of(taken, turn)));
  return [
    { name: "mutated binaries", strike: mutant, expected: /^(?:400|201)$/, strikesMin: MUTATIONS },
    {
      name: "mutants that are run",
      strike: run,
      // A name that was hurt may be that of a function that can't be called.
      expected: /^(?:returned|INVALID_PARAMETERS|FUNCTION_NOT_FOUND|GUEST_\w+|EXECUTION_TIMEOUT)$/,
      strikesMin: MUTANTS_RUN,
    },
  ];
}

function of<Item>(items: readonly Item[], turn: number): Item {
  const item = items[turn % items.length];
  if (item === undefined) throw new Error("There is nothing to choose from.");
  return item;
}
