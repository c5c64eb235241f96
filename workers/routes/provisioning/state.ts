// /state
import { createRoute, z } from "@hono/zod-openapi";
import * as control from "#control/provisioning/runs.ts";
import { statistics, systemHealth, systemMetrics } from "#control/provisioning/state.ts";
import { allowed } from "#http/auth.ts";
import { bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { done as answered, progressAnswer, refused, snapshotAnswer } from "./answer.ts";
import { pageQuery, tellPage } from "./page.ts";
import { room } from "./room.ts";
import { idParam } from "./run-schema.ts";
import { sizeText, snapshotView } from "./run-view.ts";
import { done, iso } from "./view.ts";

const tags = ["Provisioning: state"];
const security = bearer;
const missing = { 404: "No such workflow." };
const count = z.int();
const health = z.enum(["Healthy", "Degraded", "Unhealthy"]);

const progress = createRoute({
  method: "get",
  path: "/state/workflows/{id}/progress",
  tags,
  security,
  summary:
    "How far a task or a batch is; the time that is left follows from earlier ones of its name",
  middleware: [limited("provisioning", 100), allowed("state:read", "state:{id}")] as const,
  request: { params: idParam },
  responses: { 200: answered(progressAnswer, "Its progress."), ...refused(missing) },
});

const snapshots = createRoute({
  method: "get",
  path: "/state/workflows/{id}/snapshots",
  tags,
  security,
  summary: "How a task or a batch stood after each transition, oldest first",
  middleware: [limited("provisioning", 100), allowed("state:read", "state:{id}")] as const,
  request: { params: idParam, query: z.object(pageQuery) },
  responses: { 200: answered(z.array(snapshotAnswer), "A page of them."), ...refused(missing) },
});

const metrics = createRoute({
  method: "get",
  path: "/state/system/metrics",
  tags,
  security,
  summary:
    "Workflows by state, and the load of the nodes: memory in MB, disk in GB, null where no node told it",
  middleware: [limited("provisioning", 100), allowed("state:read", "state:*")] as const,
  responses: {
    200: answered(
      z
        .object({
          total_workflows: count,
          active_workflows: count,
          completed_workflows: count,
          failed_workflows: count,
          system_load: z.object({
            cpu_usage: z.number().nullable(),
            memory_usage: z.number().nullable(),
            disk_usage: z.number().nullable(),
          }),
        })
        .openapi("ProvisioningSystemMetrics"),
      "As counted now.",
    ),
    ...refused(),
  },
});

const systemState = createRoute({
  method: "get",
  path: "/state/system/health",
  tags,
  security,
  summary: "Whether the parts that carry workflows answer",
  middleware: [limited("provisioning", 100), allowed("state:read", "state:*")] as const,
  responses: {
    200: answered(
      z
        .object({
          overall_status: health,
          components: z.object({ storage: health, batch_coordinator: health, monitoring: health }),
          last_check: z.string(),
        })
        .openapi("ProvisioningSystemHealth"),
      "As tried now.",
    ),
    ...refused(),
  },
});

const figures = createRoute({
  method: "get",
  path: "/state/statistics",
  tags,
  security,
  summary: "What is kept of workflows, and how long they took on average, in seconds",
  middleware: [limited("provisioning", 100), allowed("state:read", "state:*")] as const,
  responses: {
    200: answered(
      z
        .object({
          total_workflows: count,
          active_snapshots: count,
          storage_usage: z.string(),
          average_workflow_duration: z.number().nullable(),
        })
        .openapi("ProvisioningStatistics"),
      "As counted now.",
    ),
    ...refused(),
  },
});

export const state = room()
  .openapi(progress, async (c) => {
    const { id } = c.req.valid("param");
    const found = await control.progress(c.env, id);
    return c.json(
      done({
        workflow_id: id,
        progress: found.percent,
        current_step: found.currentStep,
        total_steps: found.totalSteps,
        completed_steps: found.completedSteps,
        estimated_time_remaining: found.remainingSeconds,
      }),
      200,
    );
  })
  .openapi(snapshots, async (c) => {
    const page = c.req.valid("query");
    const found = await control.listSnapshots(c.env, c.req.valid("param").id, page);
    tellPage(c, page, found.total);
    return c.json(done(found.snapshots.map(snapshotView)), 200);
  })
  .openapi(metrics, async (c) => {
    const { counts, load } = await systemMetrics(c.env, Date.now());
    return c.json(
      done({
        ...totals(counts),
        completed_workflows: counts["Completed"] ?? 0,
        failed_workflows: counts["Failed"] ?? 0,
        active_workflows: (counts["Pending"] ?? 0) + (counts["Running"] ?? 0),
        system_load: {
          cpu_usage: load.cpuPercent,
          memory_usage: load.memoryMB,
          disk_usage: load.diskGB,
        },
      }),
      200,
    );
  })
  .openapi(systemState, async (c) => {
    const now = Date.now();
    const { overall, components } = await systemHealth(c.env, now);
    return c.json(done({ overall_status: overall, components, last_check: iso(now) }), 200);
  })
  .openapi(figures, async (c) => {
    const { counts, storage, averageMs } = await statistics(c.env);
    return c.json(
      done({
        ...totals(counts),
        active_snapshots: storage.snapshots,
        storage_usage: sizeText(storage.size),
        average_workflow_duration: averageMs === null ? null : Math.round(averageMs / 100) / 10,
      }),
      200,
    );
  });

function totals(counts: Readonly<Record<string, number>>) {
  return { total_workflows: Object.values(counts).reduce((sum, value) => sum + value, 0) };
}
