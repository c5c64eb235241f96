// `npm start`: the orchestrator on this machine. `--reset` begins anew, PORT and EDGELOOM_STATE move it,
// EDGELOOM_CONFIG names a configuration file.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { Client } from "./client.ts";
import { configure } from "./configuration.ts";
import { addLocalNodes } from "./nodes.ts";
import { LOCAL_ADMIN, bundle, startOrchestrator } from "./orchestrator.ts";

const port = Number(process.env["PORT"] ?? 8787);
const stateDirectory = resolve(process.env["EDGELOOM_STATE"] ?? ".edgeloom");
const configuration = process.env["EDGELOOM_CONFIG"];
const admin = {
  username: process.env["EDGELOOM_ADMIN_USER"] ?? LOCAL_ADMIN.username,
  password: process.env["EDGELOOM_ADMIN_PASSWORD"] ?? LOCAL_ADMIN.password,
};

if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`PORT is ${process.env["PORT"]}; expected a number from 0 to 65535.`);
  process.exit(2);
}
if (process.argv.includes("--reset")) rmSync(stateDirectory, { recursive: true, force: true });
if (!process.env["EDGELOOM_BUNDLED"]) bundle();

const orchestrator = await startOrchestrator({ port, stateDirectory });
// Miniflare's own listeners would kill the runtime at once. Ctrl-C reaches this process from the terminal and
// once more from npm: the second one changes nothing.
let stopping: Promise<void> | null = null;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.removeAllListeners(signal);
  process.on(signal, () => {
    stopping ??= orchestrator.stop().then(() => process.exit(0));
  });
}

const { url } = orchestrator;
const client = new Client(url);
const token = await client.login(admin).catch((cause: unknown) => {
  console.error(`The first nodes were not added: ${told(cause)}`);
  return null;
});
try {
  if (token !== null) await addLocalNodes(client);
  if (configuration !== undefined) await configure(url, token ?? "", configuration);
} catch (cause) {
  console.error(told(cause));
  await orchestrator.stop();
  process.exit(2);
}

console.log(`Edgeloom is at ${url} (API browser: ${url}/docs). State: ${stateDirectory}. Ctrl-C stops it.

TOKEN=$(curl -s ${url}/api/v1/authentication/login -H 'Content-Type: application/json' -d '${JSON.stringify(admin)}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
curl -s ${url}/api/v1/wasm/nodes -H "Authorization: Bearer $TOKEN"
curl -s "${url}/api/v1/wasm/modules?name=hello&version=1.0.0&wasiVersion=preview1" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/wasm' --data-binary @examples/hello/hello.wasm
`);

function told(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
