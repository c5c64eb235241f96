// The `env` of a spec: each name once, with a value or with where it comes from.
import { z } from "zod";
import { SDK_KEYS } from "./spec.ts";
import type { EnvironmentEntry } from "./spec.ts";

const environmentName = z
  .string()
  .max(256)
  .regex(/^[A-Za-z_]\w*$/, "expected letters, digits and underscores, with no digit first");

const environmentEntry = z
  .strictObject({
    name: environmentName,
    value: z.string().max(32_768).optional(),
    source: z.enum(["sdk", "secret"]).optional(),
    key: z.string().min(1).max(256).optional(),
  })
  .transform(({ name, value, source, key }, context): EnvironmentEntry => {
    const refuse = (path: string, message: string): typeof z.NEVER => {
      context.addIssue({ code: "custom", path: [path], message });
      return z.NEVER;
    };
    if (source === undefined) {
      if (key !== undefined) return refuse("key", "expected a source beside it: sdk or secret");
      if (value === undefined) return refuse("value", "expected a value, or a source and a key");
      return { name, source: "value", value };
    }
    if (value !== undefined) return refuse("value", `expected none beside the source ${source}`);
    if (key === undefined) return refuse("key", `expected what to take of ${source}`);
    if (source === "secret") return { name, source, key };
    const known = SDK_KEYS.find((one) => one === key);
    return known === undefined
      ? refuse("key", `expected one of ${SDK_KEYS.join(", ")}, not ${key}`)
      : { name, source, key: known };
  });

export const environment = z
  .array(environmentEntry)
  .max(256)
  .superRefine((given, context) => {
    const seen = new Set<string>();
    for (const [at, { name }] of given.entries()) {
      const message = `expected each name once, and ${name} comes again`;
      if (seen.has(name)) context.addIssue({ code: "custom", path: [at, "name"], message });
      seen.add(name);
    }
  })
  .default([]);
