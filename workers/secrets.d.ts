// Secrets, set with `wrangler secret put`; scripts/start.ts makes them for this machine.
// Without the first nobody can log in, without the other two there is no first user.
// The generated Env extends this interface.
interface __BaseEnv_Env {
  EDGELOOM_JWT_SECRET?: string;
  /** A JWK set: the first key signs, all of them check. In place of the secret above, or beside it for what it signed. */
  EDGELOOM_JWT_KEYS?: string;
  EDGELOOM_ADMIN_USER?: string;
  EDGELOOM_ADMIN_PASSWORD?: string;
  /** For OCI registries, in the form of docker's config.json. */
  EDGELOOM_OCI_CREDENTIALS?: string;
}
