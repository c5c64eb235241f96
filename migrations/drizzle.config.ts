import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./workers/stores/schema/*.ts",
  out: "./migrations",
});
