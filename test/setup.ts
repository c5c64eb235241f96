// Storage is isolated per test file: each begins with an empty D1 that is migrated as in production.
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
