// The Worker: requests, the sweep, and the classes of its Durable Objects.
import { fetch } from "./app.ts";
import { wakeControllers } from "#control/cluster.ts";

export { AppObject } from "#objects/app-object.ts";
export { HeartbeatObject } from "#objects/heartbeat-object.ts";
export { KeyvalueObject } from "#objects/keyvalue-object.ts";
export { LatticeObject } from "#objects/lattice-object.ts";
export { LedgerObject } from "#objects/ledger-object.ts";
export { Sweeper } from "#control/sweeper.ts";
export { Gateway } from "#data/gateway.ts";
export { HostServices } from "#data/host-services.ts";
export { Messenger } from "#data/messenger.ts";
export { Doorkeeper } from "#http/doorkeeper.ts";
export { ControllerObject } from "#objects/controller-object.ts";
export { HubObject } from "#objects/hub-object.ts";
export { NatsObject } from "#objects/nats-object.ts";
export { QuotaObject } from "#objects/quota-object.ts";
export { RolloutObject } from "#objects/rollout-object.ts";
export { RunnerObject } from "#objects/runner-object.ts";
export { WebhookObject } from "#objects/webhook-object.ts";
export { RunWorkflow } from "./run-workflow.ts";
export { LatticeService } from "#routes/wadm/service.ts";

export default {
  fetch,
  async scheduled(_controller, env) {
    await wakeControllers(env);
  },
} satisfies ExportedHandler<Env>;
