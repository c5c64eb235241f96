// `npm run dev`: wrangler's own development server, on a local database with all migrations.
// Its secrets stand in .dev.vars; .dev.vars.example shows which.
import { spawnSync } from "node:child_process";

for (const command of ["wrangler d1 migrations apply edgeloom --local", "wrangler dev"]) {
  const { status } = spawnSync(command, { shell: true, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
