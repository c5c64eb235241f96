import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { wat } from "./wat.ts";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  plugins: [
    wat(),
    cloudflareTest(async () => ({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          ENVIRONMENT: "development",
          EDGELOOM_JWT_SECRET: "test-secret-of-at-least-32-bytes-0123456789",
          EDGELOOM_ADMIN_USER: "admin@example.com",
          EDGELOOM_ADMIN_PASSWORD: "Admin123!",
          TEST_MIGRATIONS: await readD1Migrations("./migrations"),
        },
      },
    })),
  ],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["./test/registry.ts"],
    setupFiles: ["./test/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Rollouts wait more than they work: two files side by side even on two cores.
    maxWorkers: 2,
    // CommonJS with imports that name no file extension: workerd takes it only in one piece.
    deps: { optimizer: { ssr: { enabled: true, include: ["itty-durable"] } } },
  },
});
