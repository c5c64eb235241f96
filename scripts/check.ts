// `npm run check`: the gate before a commit. Each step prints its name and time; the first that fails ends it.
import { spawnSync } from "node:child_process";

const STEPS: readonly (readonly [name: string, command: string])[] = [
  ["format", "oxfmt --check ."],
  ["lint", "oxlint"],
  ["types of the Worker", "tsc -p tsconfig.json"],
  ["types of the scripts", "tsc -p scripts/tsconfig.json"],
  ["dead code", "knip"],
  [
    "generated: bindings",
    "wrangler types workers/env.d.ts --include-runtime=false --strict-vars=false --check",
  ],
  ["generated: migrations", "node scripts/check-migrations.ts"],
  ["generated: examples", "node scripts/build-examples.ts --check"],
  ["tests", "vitest run --config test/vitest.config.ts"],
  ["deploy, dry", "wrangler deploy --dry-run --outdir .build/worker"],
];

for (const [name, command] of STEPS) {
  const startedAt = Date.now();
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: "utf8", env });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok" : "FAILED"}  ${name} (${seconds} s)`);
  if (status === 0) continue;
  console.log(`\n$ ${command}\n${stdout}${stderr}`);
  process.exit(1);
}
