// Makes a fresh clone ready, then runs the command that it was given with the pinned Node.
// Plain JavaScript without dependencies: it runs before anything is installed, on any Node from 20 on.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = resolve(root, "node_modules/.bin");
const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };

// Not `npm ci`: it refuses a lock without the optional binaries of other platforms, which a mirror may lack.
if (!installed()) run("npm", ["install", "--no-audit", "--no-fund"]);
run(resolve(bin, "node"), ["scripts/build.ts"]);
hand(process.argv.slice(2));

/** True when node_modules holds what package-lock.json names: npm writes a copy of the lock beside what it installed. */
function installed() {
  const copy = resolve(root, "node_modules/.package-lock.json");
  if (!existsSync(copy) || !existsSync(resolve(bin, "node"))) return false;
  const wanted = JSON.parse(readFileSync(resolve(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(copy, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || present[path]?.version === entry.version,
  );
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, env: environment, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs the command until it ends, and passes on the signals that would stop this process. */
function hand([command, ...args]) {
  if (command === undefined) return;
  const child = spawn(command, args, { cwd: root, env: environment, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (status, signal) => process.exit(status ?? (signal === null ? 1 : 130)));
}
