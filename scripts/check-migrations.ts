// Fails when the schema has changed and no migration says so.
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const copy = mkdtempSync(join(tmpdir(), "edgeloom-migrations-"));
try {
  cpSync("migrations", copy, { recursive: true });
  const before = migrations(copy);
  const { status, stderr } = spawnSync(
    "drizzle-kit",
    [
      "generate",
      "--dialect",
      "sqlite",
      "--schema",
      "./workers/stores/schema/*.ts",
      "--out",
      relative(process.cwd(), copy),
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`drizzle-kit failed: ${stderr}`);
  const added = migrations(copy).filter((name) => !before.includes(name));
  if (added.length > 0) {
    console.error(
      "The schema has changed without a migration: run `npm run migration -- --name what-changed`.",
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function migrations(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith(".sql"));
}
