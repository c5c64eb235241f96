// The second process: autocannon at a steady rate until it is told to stop; then it tells what it saw.
import autocannon from "autocannon";
import type { Fired } from "./load.ts";

const CONNECTIONS = 8;
/** Longer than any phase. */
const SECONDS_MAX = 600;

const [url = "", rate = "1"] = process.argv.slice(2);
const options = { url, connections: CONNECTIONS, overallRate: Number(rate), duration: SECONDS_MAX };
const running = autocannon(options, (error, result) => {
  if (error !== null) throw error;
  const fired: Fired = {
    requestsPerSecond: result["2xx"] / result.duration,
    answered: result["2xx"],
    failed: result.non2xx + result.errors,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
  process.send?.(fired, () => process.exit(0));
});
process.once("message", () => running.stop());
