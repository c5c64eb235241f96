#!/usr/bin/env node
// `npx edgeloom-agent`, on any Node from 20 on: hands over to scripts/agent.ts with the pinned Node, which runs
// TypeScript as it is. A clone in which nothing was installed yet is made ready first.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pinned = resolve(root, "node_modules/.bin/node");
const agent = ["--js-base-64", "--no-warnings", resolve(root, "scripts/agent.ts")];
const [command, args] = existsSync(pinned)
  ? [pinned, agent]
  : [process.execPath, [resolve(root, "scripts/setup.mjs"), "node", ...agent]];

const child = spawn(command, [...args, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (status, signal) => process.exit(status ?? (signal === null ? 1 : 130)));
