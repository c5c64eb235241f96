// The subjects that the orchestrator itself answers; all others are its clients' own.
import { matches } from "./subject.ts";

const SERVICED = ["wadm.api.>", "*.wadm.api.>", "wasmbus.ctl.v1.>", "$JS.API.>"];

export function isServiced(subject: string): boolean {
  return SERVICED.some((pattern) => matches(pattern, subject));
}
