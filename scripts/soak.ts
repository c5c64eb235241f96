// `npm run soak`: ten minutes of calls, requests to an app and reads, at 80 % of the most that this machine answered right
// before. No answer may be an error, and the memory of the program must stay flat: what is resident once the garbage was
// collected, since V8 leaves it lying for minutes where there is room. `--minutes N`, `--share 0.8`, `--json FILE`;
// `--uncollected` only tells how memory grows without that. PORT moves it. Ends with 1 when it wasn't so.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { reached, connect, register, rollOut, soundModule, startApp } from "./bench/fixture.ts";
import { Connections } from "./bench/load.ts";
import { residentNow, workerdOf } from "./bench/upload/resident.ts";
import { bundle, startOrchestrator } from "./orchestrator.ts";
import { keepFigures } from "./record/figures.ts";
import { Collector } from "./soak/collector.ts";
import { Load, mixOf } from "./soak/load.ts";
import { judge, seriesOf } from "./soak/report.ts";
import { Watch } from "./soak/watch.ts";

const CONNECTIONS = 16;
const WARM_MS = 10_000;
const PEAK_MS = 15_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    share: { type: "string", default: "0.8" },
    json: { type: "string" },
    uncollected: { type: "boolean", default: false },
  },
});
const [minutes, share] = [Number(values.minutes), Number(values.share)];
if (!(minutes > 0) || !(share > 0) || share > 1) {
  console.error("Usage: npm run soak -- [--minutes N] [--share 0.8] [--json FILE] [--uncollected]");
  process.exit(2);
}
if (!process.env["EDGELOOM_BUNDLED"]) bundle();
process.exit(await soak(Number(process.env["PORT"] ?? 18_330)));

async function soak(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-soak-"));
  const variables = { RATE_LIMIT_SCALE: "1000000", TOKEN_MINUTES: "600" };
  const inspectorPort = port + 1;
  const options = { port, stateDirectory, variables, quiet: true };
  const orchestrator = await startOrchestrator(
    values.uncollected ? options : { ...options, inspectorPort },
  );
  const connections = new Connections(CONNECTIONS);
  const collector = values.uncollected ? null : new Collector(inspectorPort, orchestrator.url);
  try {
    const client = await connect(orchestrator.url);
    const moduleId = await register(client, "1.0.0", await soundModule());
    const canary = { stages: [100], evaluationPeriod: "PT0.1S" };
    const deploymentId = await rollOut(client, moduleId, canary);
    await reached(client, deploymentId, { status: "Completed", msMax: 30_000 });
    await startApp(client);
    const load = new Load(connections, await mixOf(client, orchestrator.url));
    await load.atMost(WARM_MS);
    const peak = await load.atMost(PEAK_MS);
    const rate = peak * share;
    console.log(
      `the most: ${peak.toFixed(0)} requests a second; for ${minutes} minutes ${rate.toFixed(0)}`,
    );
    const pid = workerdOf(process.pid);
    if (pid === null) throw new Error("workerd's process was not found.");
    const watch = new Watch(async () => {
      if (collector !== null) await load.inQuiet(() => collector.collect());
      return residentNow(pid);
    });
    const answers = await load.at(rate, { forMs: minutes * 60_000, watch });
    const samples = await watch.stop();
    keepFigures({ series: seriesOf(samples) }, values.json);
    return judge(samples, { ...answers, rate, minutes, isCollected: collector !== null });
  } finally {
    collector?.close();
    connections.close();
    await orchestrator.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  }
}
