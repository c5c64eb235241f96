// The tables of D1, a file for each area. Rows never leave this room: each store turns them into domain objects.
export * from "./schema/apps.ts";
export * from "./schema/cluster.ts";
export * from "./schema/config.ts";
export * from "./schema/idempotency.ts";
export * from "./schema/lattices.ts";
export * from "./schema/ledger.ts";
export * from "./schema/models.ts";
export * from "./schema/modules.ts";
export * from "./schema/nodes.ts";
export * from "./schema/policies.ts";
export * from "./schema/provisioning.ts";
export * from "./schema/rollouts.ts";
export * from "./schema/users.ts";
export * from "./schema/webhooks.ts";
export * from "./schema/workloads.ts";
