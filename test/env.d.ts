// What the tests' own configuration adds to the bindings.
import type { D1Migration } from "cloudflare:test";

declare module "vitest" {
  interface ProvidedContext {
    /** The small registry of test/registry.ts. */
    registry: { host: string; manifestDigest: string };
    /** Debian's docker-registry; null where it isn't installed. */
    dockerRegistry: string | null;
  }
}

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}
