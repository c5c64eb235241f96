// What a process holds of the machine's memory, as Linux tells it; elsewhere it isn't known.
import { readFileSync, readdirSync } from "node:fs";

/** The workerd that this process started. */
export function workerdOf(parent: number): number | null {
  const found = numbersIn("/proc").find((pid) => {
    const status = statusOf(pid);
    return status.get("Name") === "workerd" && status.get("PPid") === String(parent);
  });
  return found ?? null;
}

/** Bytes, the most that it ever held. */
export function residentOf(pid: number | null): number {
  return pid === null ? Number.NaN : bytesOf(pid, "VmHWM");
}

/** Bytes that it holds now. */
export function residentNow(pid: number): number {
  return bytesOf(pid, "VmRSS");
}

function bytesOf(pid: number, name: "VmHWM" | "VmRSS"): number {
  return 1024 * Number.parseInt(statusOf(pid).get(name) ?? "", 10);
}

function numbersIn(directory: string): number[] {
  try {
    return readdirSync(directory).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function statusOf(pid: number): Map<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, "utf8").split("\n");
    return new Map(
      lines.map((line) => {
        const [name = "", value = ""] = line.split(":\t");
        return [name, value.trim()];
      }),
    );
  } catch {
    return new Map();
  }
}
