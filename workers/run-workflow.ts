// The thin shell around a run: Cloudflare Workflows keeps it going, `driveRun` does the work. What is done stands in the
// run itself and not in the steps' results, so that an instance which starts anew goes on from there.
import { WorkflowEntrypoint } from "cloudflare:workers";
import type { WorkflowEvent, WorkflowStep } from "cloudflare:workers";
import { WAKE, driveRun } from "#control/provisioning/drive.ts";
import type { Drive } from "#control/provisioning/drive.ts";

/** A run of five hundred operations with all its retries needs fewer; the platform allows 10,000. */
const STEPS_MAX = 4_000;
/** Longer than this can be ended by a wake. */
const SLEEP_MS_MAX = 5_000;

export class RunWorkflow extends WorkflowEntrypoint<Env, Drive> {
  override async run(event: Readonly<WorkflowEvent<Drive>>, step: WorkflowStep): Promise<void> {
    for (let turn = 0; turn < STEPS_MAX; turn += 1) {
      const waitMs = await step.do(
        `drive ${turn}`,
        { retries: { limit: 10, delay: "1 second", backoff: "exponential" }, timeout: "1 hour" },
        () => driveRun(this.env, event.payload),
      );
      if (waitMs === null) return;
      if (waitMs <= SLEEP_MS_MAX) await step.sleep(`wait ${turn}`, waitMs);
      else {
        const until = { type: WAKE, timeout: waitMs };
        // Rejects when nobody wakes it: then the time has come.
        await step.waitForEvent(`wait ${turn}`, until).catch(() => null);
      }
    }
  }
}
