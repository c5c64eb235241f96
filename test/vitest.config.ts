// Three projects, so that no test waits for what it doesn't ask: what is pure runs in Node; guests run in workerd with a
// loader and nothing else; routes, objects and stores run there in the whole Worker, on D1, R2 and Durable Objects.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { freePort } from "./receiver.ts";
import { wat } from "./wat.ts";

const PURE = ["agent", "demo", "domain", "fuzz", "record", "sim", "wasm", "wire"].map(testsOf);
const GUEST = ["component", "examples", "guest", "meter", "wasi1", "wit"].map(testsOf);

/** Where webhooks go: it must be named before the Worker starts. */
const receiverPort = await freePort();

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    // Rollouts wait more than they work: two files side by side even on two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        plugins: [wat()],
        test: {
          name: "pure",
          include: PURE,
          isolate: false,
          // Uint8Array.fromBase64, which workerd has already.
          execArgv: ["--js-base-64"],
        },
      },
      {
        extends: true,
        plugins: [
          wat(),
          cloudflareTest({
            miniflare: {
              compatibilityDate: "2026-11-17",
              compatibilityFlags: ["nodejs_compat"],
              workerLoaders: { LOADER: {} },
              modulesRules: [
                { type: "Text", include: ["**/*.txt"], fallthrough: true },
                { type: "Data", include: ["**/*.bin"] },
                { type: "CompiledWasm", include: ["**/*.wasm"] },
              ],
            },
          }),
        ],
        test: { name: "guest", include: GUEST, isolate: false },
      },
      {
        extends: true,
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
                APP_HOSTS: "*.apps.example",
                WEBHOOK_ALLOWED_HOSTS: `http://127.0.0.1:${receiverPort}`,
                WEBHOOK_TIMEOUT_SECONDS: "1",
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.test.ts"],
          exclude: [...PURE, ...GUEST],
          globalSetup: ["./test/registry.ts", "./test/receiver.ts"],
          provide: { receiverPort },
          setupFiles: ["./test/setup.ts"],
          // CommonJS with imports that name no file extension: workerd takes it only in one piece.
          deps: {
            optimizer: { ssr: { enabled: true, include: ["itty-durable", "standardwebhooks"] } },
          },
        },
      },
    ],
  },
});

function testsOf(room: string): string {
  return `test/${room}/**/*.test.ts`;
}
