// Every request example of the 000 document in its order, with a real module in place of the placeholder.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Client, Json, Problem } from "#test/builders/client.ts";
import { DEPLOYMENTS, EXECUTE, serve, steer } from "#test/builders/deployments.ts";
import { MODULES } from "#test/builders/modules.ts";
import { NODES, registerNode } from "#test/builders/nodes.ts";
import { ADMIN, admin } from "#test/builders/users.ts";
import image from "#test/fixtures/image.wat";
import { expectRecorded } from "#test/builders/recorded.ts";

const text = expect.any(String);
const number = expect.any(Number);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const FUNCTIONS = ["process_image", "resize", "convert_format", "health_check"];
const INTERFACES = ["wasi:filesystem/types@0.2.0", "wasi:http/outgoing-handler@0.2.0"];
const LIMITS = { maxMemoryMB: 128, maxCpuPercent: 50, maxExecutionTimeSeconds: 30 };

const MODULE = {
  name: "image-processor",
  version: "1.2.0",
  description: "WASM module for image processing at edge",
  wasmBinary: image.toBase64(),
  wasiVersion: "preview2",
  requiredInterfaces: INTERFACES,
  limits: LIMITS,
  metadata: { gitCommit: "abc123def456", buildTimestamp: "2025-11-23T12:00:00Z" },
};

const DEPLOYMENT = {
  moduleId: "image-processor-v1.2.0",
  targetRegions: ["us-east", "us-west"],
  strategy: "Canary",
  strategyConfig: {
    stages: [10, 25, 50, 100],
    evaluationPeriod: "PT5M",
    healthCheckFunction: "health_check",
    autoPromote: true,
  },
  healthCheck: {
    enabled: true,
    functionName: "health_check",
    expectedResult: "OK",
    timeoutSeconds: 5,
  },
  autoRollbackEnabled: true,
};

describe("the 000 document, example by example", () => {
  let by: Client;
  let deploymentId = "";

  beforeAll(async () => {
    by = await admin();
    await registerNode({ nodeId: "edge-us-east-00", region: "us-east" });
    await registerNode({ nodeId: "edge-us-west-00", region: "us-west" });
    await by.post(MODULES, { ...MODULE, version: "1.1.0" });
    await serve("image-processor-v1.1.0", "us-east");
  });

  afterAll(async () => {
    await steer(deploymentId, "abort");
  });

  test("Get JWT Token", async () => {
    const { status, body } = await nobody.post("/api/v1/authentication/login", ADMIN);
    expect([status, body]).toEqual([
      200,
      { token: text, expiresAt: time, user: { username: ADMIN.username, role: "Admin" } },
    ]);
  });

  test("Register Module", async () => {
    const { status, body } = await by.post(MODULES, MODULE);
    expect([status, body]).toEqual([
      201,
      {
        moduleId: "image-processor-v1.2.0",
        name: "image-processor",
        version: "1.2.0",
        binaryPath: "s3://wasm-modules/image-processor/1.2.0/module.wasm",
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        sizeBytes: image.length,
        exportedFunctions: FUNCTIONS,
        registeredAt: time,
        status: "Active",
      },
    ]);
  });

  test("List Modules", async () => {
    const query = "?name=image-processor&status=Active&limit=20&offset=0";
    const { status, body } = await by.get<{ modules: Json[] }>(`${MODULES}${query}`);
    expect([status, body]).toEqual([
      200,
      { modules: expect.any(Array), total: 2, limit: 20, offset: 0 },
    ]);
    expect(body.modules[0]).toEqual({
      moduleId: "image-processor-v1.2.0",
      name: "image-processor",
      version: "1.2.0",
      sizeBytes: image.length,
      status: "Active",
      deploymentCount: 0,
      invocationCount: 0,
      registeredAt: time,
    });
  });

  test("Get Module Details", async () => {
    const { status, body } = await by.get(`${MODULES}/image-processor-v1.2.0`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      moduleId: "image-processor-v1.2.0",
      name: "image-processor",
      version: "1.2.0",
      description: MODULE.description,
      binaryPath: "s3://wasm-modules/image-processor/1.2.0/module.wasm",
      checksum: text,
      sizeBytes: image.length,
      wasiVersion: "preview2",
      requiredInterfaces: INTERFACES,
      exportedFunctions: FUNCTIONS,
      limits: LIMITS,
      status: "Active",
      deploymentCount: 0,
      invocationCount: 0,
      registeredAt: time,
      registeredBy: ADMIN.username,
    });
  });

  test("Delete Module", async () => {
    const { status, body } = await by.send("DELETE", `${MODULES}/image-processor-v1.2.0`);
    expect([status, body]).toEqual([204, {}]);
    await by.post(MODULES, MODULE);
  });

  test("Create Deployment", async () => {
    const { status, body } = await by.post<{ deploymentId: string }>(DEPLOYMENTS, DEPLOYMENT);
    ({ deploymentId } = body);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      deploymentId: expect.stringMatching(/^deploy-/),
      moduleId: "image-processor-v1.2.0",
      status: "Pending",
      strategy: "Canary",
      targetRegions: ["us-east", "us-west"],
      progressPercent: 0,
      createdAt: time,
      createdBy: ADMIN.username,
    });
  });

  test("Execute Deployment", async () => {
    const path = `${DEPLOYMENTS}/${deploymentId}/execute`;
    const { status, body } = await by.post(path, { approvedBy: ADMIN.username });
    expect([status, body]).toEqual([
      202,
      { deploymentId, status: "InProgress", startedAt: time, estimatedCompletionTime: time },
    ]);
  });

  test("Get Deployment Status", async () => {
    const { status, body } = await by.get(`${DEPLOYMENTS}/${deploymentId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      deploymentId,
      moduleId: "image-processor-v1.2.0",
      status: "InProgress",
      strategy: "Canary",
      progressPercent: number,
      succeededNodes: expect.any(Array),
      failedNodes: [],
      currentStage: text,
      createdAt: time,
      startedAt: time,
      estimatedCompletionTime: time,
    });
  });

  test("Rollback Deployment", async () => {
    const path = `${DEPLOYMENTS}/${deploymentId}/rollback`;
    const { status, body } = await by.post(path, { reason: "High error rate detected" });
    expect([status, body]).toEqual([
      200,
      {
        deploymentId,
        status: "RolledBack",
        previousModuleId: "image-processor-v1.1.0",
        rollbackCompletedAt: time,
      },
    ]);
  });

  test("Register Edge Node", async () => {
    const { status, body } = await by.post(NODES, {
      nodeId: "edge-us-east-01",
      hostname: "edge01.us-east.example.com",
      port: 8080,
      region: "us-east",
      zone: "us-east-1a",
      runtime: "Wasmtime",
      runtimeVersion: "15.0.0",
      wasiVersion: "preview2",
      hardware: { cpuCores: 8, totalMemoryMB: 16384, totalDiskGB: 200, architecture: "x86_64" },
      maxModules: 1000,
    });
    expect([status, body]).toEqual([
      201,
      {
        nodeId: "edge-us-east-01",
        hostname: "edge01.us-east.example.com",
        region: "us-east",
        status: "Healthy",
        registeredAt: time,
      },
    ]);
  });

  test("Get Node Health", async () => {
    const { status, body } = await by.get(`${NODES}/edge-us-east-01/health`);
    expect([status, body]).toEqual([
      200,
      {
        nodeId: "edge-us-east-01",
        status: "Healthy",
        modulesLoaded: number,
        cpuUsagePercent: number,
        memoryUsageMB: number,
        diskUsageGB: number,
        gasPerMs: number,
        lastHeartbeat: time,
        uptime: expect.stringMatching(/^PT/),
      },
    ]);
  });

  test("Register Interface", async () => {
    const { status, body } = await by.post("/api/v1/wasm/interfaces", {
      namespace: "wasi:custom",
      name: "image-processing",
      version: "0.1.0",
      witDefinition: "interface image-processing { resize: func(width: u32, height: u32); }",
      description: "Custom image processing interface",
      compatibility: "Backward",
    });
    expect([status, body]).toEqual([
      201,
      {
        interfaceId: "wasi:custom/image-processing@0.1.0",
        status: "Draft",
        registeredAt: time,
      },
    ]);
  });

  test("Execute Function", async () => {
    await serve("image-processor-v1.2.0", "us-east");
    const { status, body } = await by.post(EXECUTE, {
      moduleId: "image-processor-v1.2.0",
      functionName: "process_image",
      parameters: {
        imageUrl: "https://example.com/image.jpg",
        operation: "resize",
        width: 800,
        height: 600,
      },
      targetRegion: "us-east",
      timeout: 10,
    });
    expect([status, body]).toEqual([
      200,
      {
        success: true,
        returnValue: '{"processedImageUrl":"https://cdn.example.com/processed.jpg"}',
        durationMs: number,
        gasUsed: expect.any(Number),
        stdout: "",
        stderr: "",
        exitCode: null,
        memoryUsedBytes: number,
        executedOn: expect.stringMatching(/^edge-us-east-0[01]$/),
        moduleId: "image-processor-v1.2.0",
        timestamp: time,
      },
    ]);
  });

  test("Standard Error Format", async () => {
    const { status, body } = await by.post<Problem>(MODULES, { ...MODULE, wasmBinary: "bm9uZQ==" });
    expect([status, body]).toEqual([
      400,
      {
        error: {
          code: "VALIDATION_ERROR",
          message: "Module validation failed",
          details: [expect.stringContaining("Invalid WASM magic number")],
          timestamp: time,
          requestId: expect.stringMatching(/^req-/),
        },
      },
    ]);
  });

  test("GET /health needs no token", async () => {
    const { status, body } = await nobody.get("/health");
    expect([status, body["status"]]).toEqual([200, "healthy"]);
  });
});

test("every change is in the ledger", async () => expectRecorded());
