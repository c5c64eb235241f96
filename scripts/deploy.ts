// `npm run deploy`: the Worker to Cloudflare, then its migrations to the database there.
import { spawnSync } from "node:child_process";

for (const command of ["wrangler deploy", "wrangler d1 migrations apply edgeloom --remote"]) {
  console.log(`$ ${command}`);
  const { status } = spawnSync(command, { shell: true, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
console.log(
  "Set the secrets once: wrangler secret put EDGELOOM_JWT_SECRET, EDGELOOM_ADMIN_USER, EDGELOOM_ADMIN_PASSWORD.",
);
