// BENCHMARKS.md: what each bench printed last, with the commit, the machine and how busy it was. A bench that runs again
// replaces its own section and leaves the others.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import miniflare from "miniflare/package.json" with { type: "json" };

const BENCH = fileURLToPath(new URL("../bench.ts", import.meta.url));
const FILE = fileURLToPath(new URL("../../BENCHMARKS.md", import.meta.url));

const HEAD = `# Benchmarks

Each section is what \`npm run bench -- <name>\` printed last. \`npm run bench\` runs all of them and writes this file,
\`npm run bench -- <name> <name>\` some. Rates of one run stand beside their yardsticks of the same run: compare ratios, not
rates. The load is the machine's own mean over a minute before and after; where it is more than the bench itself makes,
others were at work.
`;

/** Runs the bench in a process of its own, shows what it prints, and records it. Answers its exit code. */
export async function record(name: string, about: string): Promise<number> {
  const loadBefore = load();
  const startedAt = Date.now();
  const child = spawn(process.execPath, [BENCH, name], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, EDGELOOM_BUNDLED: "1" },
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    printed += text;
  });
  const ended = await once(child, "exit");
  const status = typeof ended[0] === "number" ? ended[0] : 1;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const told = [
    `## ${name}`,
    "",
    `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    "",
    `- ${new Date(startedAt).toISOString().slice(0, 10)}, commit ${commit()}, ${seconds} s; load ${loadBefore} before, ${load()} after`,
    `- ${machine()}`,
    `- ${status === 0 ? "its goals were met" : "not all of its goals were met"}`,
    "",
    "```text",
    printed.trim(),
    "```",
    "",
  ].join("\n");
  write(name, told);
  return status;
}

function write(name: string, section: string): void {
  const sections = new Map<string, string>();
  const known = existsSync(FILE)
    ? readFileSync(FILE, "utf8")
        .split(/^(?=## )/m)
        .slice(1)
    : [];
  for (const one of known) sections.set(/^## (\S+)/.exec(one)?.[1] ?? "", one);
  sections.set(name, section);
  const sorted = [...sections].sort(([one], [other]) => one.localeCompare(other));
  const body = sorted.map(([, text]) => text.trimEnd()).join("\n\n");
  writeFileSync(FILE, `${HEAD}\n${body}\n`);
}

function machine(): string {
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  const model = cpus()[0]?.model ?? "unknown";
  return `${availableParallelism()} × ${model}, ${gibibytes} GiB; Node ${process.versions.node}, Miniflare ${miniflare.version}`;
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function commit(): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
}
