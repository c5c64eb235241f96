// BENCHMARKS.md: what each command printed last, with the commit, the machine and how busy it was. What is recorded again
// replaces its own section and leaves the others. Figures are kept beside it as JSON, and make the overview.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import miniflare from "miniflare/package.json" with { type: "json" };
import { overview } from "./overview.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILE = fileURLToPath(new URL("../../BENCHMARKS.md", import.meta.url));

const HEAD = `# Benchmarks

Each section is what its command printed last. \`npm run bench\` runs all of its benches and writes this file,
\`npm run bench -- <name> <name>\` some, \`npm run record -- <command>\` the others. Rates of one run stand beside their
yardsticks of the same run: compare ratios, not rates. The load is the machine's own mean over a minute before and after;
where it is more than the command itself makes, others were at work.
`;

/** Sections before which the text of the file ends. */
const SECTION = /^(?=## )/m;
const OVERVIEW = "overview";

export type Recorded = {
  readonly name: string;
  readonly about: string;
  /** As a person types it. */
  readonly command: string;
  /** What Node is given; \`--json FILE\` follows. */
  readonly script: readonly string[];
};

/** Runs it in a process of its own, shows what it prints, and records it. Answers its exit code. */
export async function record({ name, about, command, script }: Recorded): Promise<number> {
  const loadBefore = load();
  const startedAt = Date.now();
  const startedFrom = commit();
  const child = spawn(process.execPath, [...script], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, EDGELOOM_BUNDLED: "1" },
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    printed += text;
  });
  const ended = await once(child, "close");
  const status = typeof ended[0] === "number" ? ended[0] : 1;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const told = [
    `## ${name}`,
    "",
    `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    "",
    `- \`${command}\``,
    `- ${new Date(startedAt).toISOString().slice(0, 10)}, commit ${startedFrom}, ${seconds} s; load ${loadBefore} before, ${load()} after`,
    `- ${machine()}`,
    `- ${status === 0 ? "its goals were met" : "not all of its goals were met"}`,
    "",
    "```text",
    printed.trim().replaceAll(/[ \t]+$/gm, ""),
    "```",
    "",
  ].join("\n");
  write(name, told);
  return status;
}

function write(name: string, section: string): void {
  const sections = new Map<string, string>();
  const known = existsSync(FILE) ? readFileSync(FILE, "utf8").split(SECTION).slice(1) : [];
  for (const one of known) sections.set(/^## (\S+)/.exec(one)?.[1] ?? "", one);
  sections.set(name, section);
  sections.delete(OVERVIEW);
  const sorted = [...sections].sort(([one], [other]) => one.localeCompare(other));
  const body = sorted.map(([, text]) => text.trimEnd()).join("\n\n");
  writeFileSync(FILE, `${HEAD}\n## ${OVERVIEW}\n\n${overview()}\n\n${body}\n`);
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
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: ROOT,
    encoding: "utf8",
  }).trim();
}
