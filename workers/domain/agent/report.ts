// What an agent tells its node's runner.
import { z } from "zod";
import { PROTOCOL, read } from "./protocol.ts";
import type { Read } from "./protocol.ts";

const word = z.string().min(1).max(64);
const bytes = z.number().min(0).max(1e18);
const id = z.int().min(1);
const text = z.string();

/** Measured on the machine, between two beats. */
const vitals = z.strictObject({
  /** It ran the tiny guest. */
  isHealthy: z.boolean(),
  gasPerMs: z.number().min(1).max(1e9),
  /** Of all cores. */
  cpuPercent: z.number().min(0).max(100),
  cores: z.int().min(1).max(65_536),
  memoryUsedBytes: bytes,
  memoryTotalBytes: bytes,
  diskUsedBytes: bytes,
  diskTotalBytes: bytes,
});

const fault = z.strictObject({
  code: z.enum(["UNAVAILABLE", "ARTIFACT_CORRUPT"]),
  message: z.string().min(1).max(4_096),
  details: z.array(z.string().max(4_096)).max(16),
});

const answer = z.strictObject({
  returnValue: text.nullable(),
  failure: z
    .strictObject({
      code: z.enum([
        "GUEST_TRAP",
        "GUEST_GAS",
        "GUEST_OUTPUT",
        "GUEST_EXIT",
        "GUEST_LINK",
        "GUEST_RESPONSE",
        "GUEST_DEADLINE",
        "GUEST_CANCELLED",
        "GUEST_STACK",
        "GUEST_MEMORY",
      ]),
      message: text,
    })
    .nullable(),
  memoryUsedBytes: bytes,
  gasUsed: z.number().min(0).nullable(),
  stdout: text,
  stderr: text,
  exitCode: z.int().nullable(),
});

/** The harness's own answer, before anybody believes it. */
export const guestAnswer = answer;

const report = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("hello"),
    protocol: z.literal(PROTOCOL, { error: `expected version ${PROTOCOL} of the protocol` }),
    runtime: word,
    runtimeVersion: word,
    vitals,
  }),
  z.strictObject({ type: z.literal("beat"), vitals }),
  z.strictObject({ type: z.literal("loaded"), id, fault: fault.nullable() }),
  z.strictObject({ type: z.literal("answer"), id, answer }),
  z.strictObject({ type: z.literal("fault"), id, fault }),
]);

export type Vitals = Readonly<z.infer<typeof vitals>>;
export type Report = Readonly<z.infer<typeof report>>;
export type AgentFault = z.infer<typeof fault>;

export function readReport(text: unknown): Read<Report> {
  return read(report, text);
}
