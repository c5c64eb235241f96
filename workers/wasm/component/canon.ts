// Decodes canonical definitions, of which all but a lift make a core function.
// It checks the indices that lead to types and refuses builtins that it doesn't know.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import type { Scope } from "./scope.ts";
import { define, readCoreIndex, readEntry } from "./scope.ts";
import { readResult } from "./types.ts";
import { readEach } from "./value-types.ts";

type Operand = "type" | "core type" | "table" | "memory" | "number" | "flag" | "options" | "result";

const lift = 0x00;
const lower = 0x01;

const builtins: ReadonlyMap<number, readonly Operand[]> = new Map<number, readonly Operand[]>([
  [0x02, ["type"]], // resource.new
  [0x03, ["type"]], // resource.drop
  [0x04, ["type"]], // resource.rep
  [0x05, []], // task.cancel
  [0x06, ["flag"]], // subtask.cancel
  [0x07, ["type"]], // resource.drop, async
  [0x08, []], // backpressure.set
  [0x09, ["result", "options"]], // task.return
  [0x0a, ["flag", "number"]], // context.get
  [0x0b, ["flag", "number"]], // context.set
  [0x0c, ["flag"]], // thread.yield
  [0x0d, []], // subtask.drop
  [0x0e, ["type"]], // stream.new
  [0x0f, ["type", "options"]], // stream.read
  [0x10, ["type", "options"]], // stream.write
  [0x11, ["type", "flag"]], // stream.cancel-read
  [0x12, ["type", "flag"]], // stream.cancel-write
  [0x13, ["type"]], // stream.drop-readable
  [0x14, ["type"]], // stream.drop-writable
  [0x15, ["type"]], // future.new
  [0x16, ["type", "options"]], // future.read
  [0x17, ["type", "options"]], // future.write
  [0x18, ["type", "flag"]], // future.cancel-read
  [0x19, ["type", "flag"]], // future.cancel-write
  [0x1a, ["type"]], // future.drop-readable
  [0x1b, ["type"]], // future.drop-writable
  [0x1c, ["options"]], // error-context.new
  [0x1d, ["options"]], // error-context.debug-message
  [0x1e, []], // error-context.drop
  [0x1f, []], // waitable-set.new
  [0x20, ["flag", "memory"]], // waitable-set.wait
  [0x21, ["flag", "memory"]], // waitable-set.poll
  [0x22, []], // waitable-set.drop
  [0x23, []], // waitable.join
  [0x24, []], // backpressure.inc
  [0x25, []], // backpressure.dec
  [0x26, []], // thread.index
  [0x27, ["core type", "table"]], // thread.new-indirect
  [0x28, []], // thread.resume-later
  [0x29, ["flag"]], // thread.suspend
  [0x2a, ["flag"]], // thread.suspend-then-resume
  [0x2b, ["flag"]], // thread.yield-then-resume
  [0x2c, ["flag"]], // thread.suspend-then-promote
  [0x2d, ["flag"]], // thread.yield-then-promote
  [0x40, ["core type"]], // thread.spawn-ref
  [0x41, ["core type", "table"]], // thread.spawn-indirect
  [0x42, []], // thread.available-parallelism
]);

export function readCanonicalDefinition(cursor: Cursor, scope: Scope): void {
  const start = cursor.offset;
  const code = cursor.byte("canonical definition");
  if (code === lift) return readLift(cursor, scope);
  scope.core.func += 1;
  if (code === lower) return readLower(cursor, scope);
  const operands = builtins.get(code);
  if (operands === undefined) {
    throw cursor.fault(`canonical definition: expected a known one, got ${hexByte(code)}`, start);
  }
  for (const operand of operands) readOperand(cursor, scope, operand);
  return undefined;
}

function readLift(cursor: Cursor, scope: Scope): void {
  expectZero(cursor, "lift");
  readCoreIndex(cursor, scope, "func");
  readOptions(cursor, scope);
  const start = cursor.offset;
  const type = readEntry(cursor, scope.types, "type");
  if (type.kind === "func") return define(scope, type);
  throw cursor.fault(`lift: expected a function type, got a ${type.kind} type`, start);
}

function readLower(cursor: Cursor, scope: Scope): void {
  expectZero(cursor, "lower");
  readEntry(cursor, scope.functions, "function");
  readOptions(cursor, scope);
}

function expectZero(cursor: Cursor, what: string): void {
  const start = cursor.offset;
  const code = cursor.byte(what);
  if (code !== 0) throw cursor.fault(`${what}: expected 0x00, got ${hexByte(code)}`, start);
}

function readOperand(cursor: Cursor, scope: Scope, operand: Operand): void {
  switch (operand) {
    case "type":
      readEntry(cursor, scope.types, "type");
      break;
    case "core type":
      readEntry(cursor, scope.coreTypes, "core type");
      break;
    case "table":
    case "memory":
      readCoreIndex(cursor, scope, operand);
      break;
    case "number":
      cursor.u32("canonical operand");
      break;
    case "flag":
      cursor.byte("canonical operand");
      break;
    case "options":
      readOptions(cursor, scope);
      break;
    case "result":
      readResult(cursor, scope);
      break;
  }
}

function readOptions(cursor: Cursor, scope: Scope): void {
  readEach(cursor, "canonical options", () => readOption(cursor, scope));
}

function readOption(cursor: Cursor, scope: Scope): void {
  const start = cursor.offset;
  const code = cursor.byte("canonical option");
  switch (code) {
    case 0x00: // utf8
    case 0x01: // utf16
    case 0x02: // latin1+utf16
    case 0x06: // async
    case 0x09: // gc
      break;
    case 0x03:
      readCoreIndex(cursor, scope, "memory");
      break;
    case 0x04: // realloc
    case 0x05: // post-return
    case 0x07: // callback
      readCoreIndex(cursor, scope, "func");
      break;
    case 0x08:
      readEntry(cursor, scope.coreTypes, "core type");
      break;
    default:
      throw cursor.fault(`canonical option: expected 0 to 9, got ${hexByte(code)}`, start);
  }
}
