// Processor time of the runtime beside this process: unlike a rate, it tells what a call costs while others use the
// machine too.
import { readFileSync, readdirSync } from "node:fs";

const NS_PER_US = 1_000;

/** Microseconds that all threads of this process's children have run so far; null where the kernel tells nobody. */
export function childrenUs(): number | null {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
    const pids = children.split(" ").filter((pid) => pid !== "");
    return pids.reduce((sum, pid) => sum + ranNs(pid), 0) / NS_PER_US;
  } catch {
    return null;
  }
}

function ranNs(pid: string): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => {
    const [ran = "0"] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return sum + Number(ran);
  }, 0);
}
