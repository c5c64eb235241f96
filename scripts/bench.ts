// `npm run bench -- execute`: measures one thing and says what it saw. Without a name all of them, with several those, one
// after the other, and BENCHMARKS.md is written. PORT moves it (default 18250, and the next one).
import { benchAbort } from "./bench/abort.ts";
import { benchEvents } from "./bench/events.ts";
import { benchExecute } from "./bench/execute.ts";
import { benchHostile } from "./bench/hostile.ts";
import { benchIngress } from "./bench/ingress.ts";
import { benchLayers } from "./bench/layers.ts";
import { benchMeter } from "./bench/meter.ts";
import { benchNats } from "./bench/nats.ts";
import { benchPlacement } from "./bench/placement.ts";
import { benchReconcile } from "./bench/reconcile.ts";
import { record } from "./bench/record.ts";
import { benchUpload } from "./bench/upload.ts";
import { bundle } from "./orchestrator.ts";

type Bench = { readonly about: string; readonly run: (port: number) => Promise<number> };

const BENCHES: Readonly<Record<string, Bench>> = {
  execute: { about: "a warm /execute beside a bare Worker", run: benchExecute },
  abort: { about: "how long a candidate answers after its abort", run: benchAbort },
  events: { about: "thousands of readers of one stream of events", run: benchEvents },
  hostile: {
    about: "a neighbour's latency beside guests that won't end",
    run: benchHostile,
  },
  ingress: { about: "an app through the ingress beside a bare Worker", run: benchIngress },
  layers: { about: "what each layer of a warm /execute takes", run: benchLayers },
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
  upload: { about: "the memory that an upload of 50 MB takes", run: benchUpload },
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in BENCHES));
if (unknown !== undefined) {
  const listed = Object.entries(BENCHES).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
  console.error(
    `There is no bench ${unknown}.\nUsage: npm run bench -- [<name> …]\n${listed.join("\n")}`,
  );
  process.exit(2);
}
if (!process.env["EDGELOOM_BUNDLED"]) bundle();
const [only, ...others] = names;
const bench = BENCHES[only ?? ""];
process.exit(
  bench !== undefined && others.length === 0
    ? await bench.run(Number(process.env["PORT"] ?? 18_250))
    : await recordAll(names.length === 0 ? Object.keys(BENCHES) : names),
);

/** Each one's last output goes to BENCHMARKS.md. */
async function recordAll(wanted: readonly string[]): Promise<number> {
  let status = 0;
  for (const name of wanted) {
    console.log(`\n== ${name}\n`);
    const ended = await record(name, BENCHES[name]?.about ?? name);
    if (ended !== 0) status = ended;
  }
  return status;
}
