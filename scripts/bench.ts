// `npm run bench -- execute`: measures one thing and says what it saw, with `--json FILE` as data too. Without a name all
// of them, with several those, one after the other, and BENCHMARKS.md is written. `hostile --only state` makes the attacks
// alone whose names hold that. PORT moves it (default 18250, and the next one).
import { parseArgs } from "node:util";
import { benchAbort } from "./bench/abort.ts";
import { benchCold } from "./bench/cold.ts";
import { benchEvents } from "./bench/events.ts";
import { benchExecute } from "./bench/execute.ts";
import { benchHeartbeats } from "./bench/heartbeats.ts";
import { benchGuest } from "./bench/guest.ts";
import { benchHostile } from "./bench/hostile.ts";
import { benchIngress } from "./bench/ingress.ts";
import { benchLayers } from "./bench/layers.ts";
import { benchLogin } from "./bench/login.ts";
import { benchMeter } from "./bench/meter.ts";
import { benchNats } from "./bench/nats.ts";
import { benchPlacement } from "./bench/placement.ts";
import { benchReconcile } from "./bench/reconcile.ts";
import { benchRequests } from "./bench/requests.ts";
import { benchUpload } from "./bench/upload.ts";
import { bundle } from "./orchestrator.ts";
import { fileOf, keepFigures } from "./record/figures.ts";
import type { Figure } from "./record/figures.ts";
import { record } from "./record/record.ts";

/** Answers the exit code, or that and what it measured. */
type Bench = {
  readonly about: string;
  readonly run: (
    port: number,
    only?: string,
  ) => Promise<number | { readonly status: number; readonly figures: readonly Figure[] }>;
};

const BENCHES: Readonly<Record<string, Bench>> = {
  execute: { about: "a warm /execute beside a bare Worker", run: benchExecute },
  abort: { about: "how long a candidate answers after its abort", run: benchAbort },
  cold: {
    about: "the program's start and its first call beside a bare Worker's",
    run: benchCold,
  },
  events: { about: "thousands of readers of one stream of events", run: benchEvents },
  heartbeats: { about: "beats of thousands of nodes beside a bare endpoint", run: benchHeartbeats },
  guest: {
    about: "a cold and a warm call of each kind of guest beside a bare Worker",
    run: benchGuest,
  },
  hostile: {
    about: "how attacks by guests end, and a neighbour's latency beside them",
    run: benchHostile,
  },
  ingress: { about: "an app through the ingress beside a bare Worker", run: benchIngress },
  layers: { about: "what each layer of a warm /execute takes", run: benchLayers },
  login: { about: "a login beside the password hash alone", run: benchLogin },
  meter: {
    about: "metered kernels beside unmetered ones, and the rewriter itself",
    run: benchMeter,
  },
  nats: { about: "random and mutated bytes against the NATS parser", run: benchNats },
  placement: { about: "placements a second over a thousand nodes", run: benchPlacement },
  reconcile: {
    about: "a simulated cluster: time and commands of starts, losses and updates",
    run: benchReconcile,
  },
  requests: { about: "requests over NATS beside an echoed WebSocket", run: benchRequests },
  upload: { about: "the memory that an upload of 50 MB takes", run: benchUpload },
};

const { positionals: names, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, only: { type: "string" } },
});
const unknown = names.find((name) => !(name in BENCHES));
if (unknown !== undefined) {
  const listed = Object.entries(BENCHES).map(([name, { about }]) => `  ${name.padEnd(12)}${about}`);
  console.error(
    `There is no bench ${unknown}.\nUsage: npm run bench -- [<name> …] [--json <file>] [--only <text>]\n${listed.join("\n")}`,
  );
  process.exit(2);
}
if (!process.env["EDGELOOM_BUNDLED"]) bundle();
const [only, ...others] = names;
const bench = BENCHES[only ?? ""];
process.exit(
  bench !== undefined && others.length === 0
    ? await runOne(bench)
    : await recordAll(names.length === 0 ? Object.keys(BENCHES) : names),
);

async function runOne({ run }: Bench): Promise<number> {
  const ended = await run(Number(process.env["PORT"] ?? 18_250), values.only);
  if (typeof ended === "number") return ended;
  keepFigures({ figures: ended.figures }, values.json);
  return ended.status;
}

/** Each one's last output goes to BENCHMARKS.md. */
async function recordAll(wanted: readonly string[]): Promise<number> {
  let status = 0;
  for (const name of wanted) {
    console.log(`\n== ${name}\n`);
    const ended = await record({
      name,
      about: BENCHES[name]?.about ?? name,
      command: `npm run bench -- ${name}`,
      script: ["scripts/bench.ts", name, "--json", fileOf(name)],
    });
    if (ended !== 0) status = ended;
  }
  return status;
}
