// Reads one function's instructions and plans what is to be inserted. It checks what the meter's own
// additions could make valid by mistake (indices of locals and globals) and leaves the rest of
// validation to the engine. What it doesn't know it refuses, by name or number and offset.
import { unsupportedFeatures } from "#wasm/unsupported.ts";
import { Body } from "./body.ts";
import { BulkScan } from "./bulk.ts";
import type { Context } from "./context.ts";
import { blockKind } from "./frames.ts";
import type { Frame } from "./frames.ts";
import { form, instructions } from "./instructions.ts";
import { Ledger, type Quiet } from "./ledger.ts";
import { noResult } from "./opcodes.ts";
import type { Plan } from "./plan.ts";

const unreachable = 0x00;

export type Code = { readonly bytes: Uint8Array; readonly base: number; readonly locals: number };

export class Scan {
  readonly #context: Context;
  readonly #plan: Plan;
  readonly #ledger: Ledger;
  readonly #bulk: BulkScan;
  #body: Body;
  #locals = 0;
  #globals: number;
  // Of the functions read so far: what a call of each does to the gas.
  readonly #quiet: Quiet[];

  constructor(context: Context, plan: Plan) {
    this.#context = context;
    this.#plan = plan;
    this.#ledger = new Ledger(plan);
    this.#body = new Body(new Uint8Array(), 0, context.draft);
    this.#bulk = new BulkScan(context, plan, this.#ledger);
    this.#globals = context.draft.globals.length;
    this.#quiet = context.importGas.map(() => "no");
  }

  // Fills the plan for a body, whose instructions `code` is.
  read({ bytes, base, locals }: Code): void {
    const body = new Body(bytes, base, this.#context.draft);
    this.#body = body;
    this.#locals = locals;
    this.#plan.clear();
    this.#bulk.begin(body);
    this.#ledger.begin();
    const { forms, costs } = instructions;
    while (this.#ledger.frames.depth > 0) {
      const start = body.position;
      if (start >= bytes.length) throw body.fault("body: expected an end instruction, got none");
      const code = bytes[start] ?? 0;
      body.position = start + 1;
      this.#ledger.owed += costs[code] ?? 0;
      this.#instruction(forms[code] ?? form.unknown, start);
    }
    if (body.position < bytes.length) {
      throw body.fault("body: expected nothing after its last end, got more");
    }
    this.#quiet.push(this.#ledger.quiet);
  }

  #instruction(kind: number, start: number): void {
    const body = this.#body;
    switch (kind) {
      case form.plain:
        return;
      case form.local:
        body.index("local", this.#locals);
        return;
      case form.memoryAccess:
        body.memoryAccess();
        return;
      case form.constant32:
      case form.constant64:
        this.#bulk.constant();
        return;
      case form.global:
        body.index("global", this.#globals);
        return;
      case form.index:
        body.skipNumber();
        return;
      case form.fourBytes:
        body.position += 4;
        return;
      case form.eightBytes:
        body.position += 8;
        return;
      case form.vector:
        this.#ledger.owed += body.vector(start);
        return;
      case form.selectTyped:
        for (let count = body.u32(); count > 0; count -= 1) body.valueType();
        return;
      case form.heapType:
        body.heapType();
        return;
      case form.numeric:
        this.#bulk.numeric(start);
        return;
      case form.memoryGrow:
        this.#bulk.growMemory(start);
        return;
      default:
        this.#control(kind, start);
    }
  }

  #control(kind: number, start: number): void {
    const body = this.#body;
    const ledger = this.#ledger;
    switch (kind) {
      case form.block:
        body.blockType();
        ledger.open(blockKind.block, start);
        return;
      case form.loop:
        body.blockType();
        ledger.openLoop(start, body.position, body.bytes[start + 1] === noResult);
        return;
      case form.if:
        body.blockType();
        if (ledger.live) ledger.settle(start);
        ledger.open(blockKind.if, start);
        return;
      case form.else:
        ledger.openArm(this.#innermost(blockKind.if, start), start);
        this.#innermost(blockKind.if, start).kind = blockKind.else;
        return;
      case form.end:
        this.#end(start);
        return;
      case form.branch:
        ledger.branch(this.#target(), start);
        ledger.stop();
        return;
      case form.branchReference:
        ledger.tangle();
        ledger.branch(this.#target(), start);
        return;
      case form.branchIf:
        ledger.branch(this.#target(), start);
        return;
      case form.branchTable:
        this.#branchTable(start);
        return;
      case form.return:
        ledger.return(start);
        return;
      case form.unreachable:
        ledger.stop();
        return;
      case form.collected:
        throw body.collected(start);
      case form.atomic:
        throw body.fault(unsupportedFeatures(new Set(["threads"]))[0] ?? "threads", start);
      case form.unknown:
        throw body.unknown(start);
      default:
        this.#call(kind, start);
    }
  }

  #call(kind: number, start: number): void {
    const body = this.#body;
    switch (kind) {
      case form.call: {
        const index = body.function();
        this.#ledger.owed += this.#context.importGas[index] ?? 0;
        return this.#called(start, this.#quiet[index]);
      }
      case form.callIndirect:
      case form.callReference:
        this.#ledger.owed += this.#context.referenceGas(body.type());
        if (kind === form.callIndirect) body.skipNumber();
        return this.#called(start);
      case form.returnCall:
        this.#ledger.owed += this.#context.importGas[body.function()] ?? 0;
        return this.#thrown(start);
      case form.returnCallIndirect:
      case form.returnCallReference:
        this.#ledger.owed += this.#context.referenceGas(body.type());
        if (kind === form.returnCallIndirect) body.skipNumber();
        return this.#thrown(start);
      case form.rethrow:
        this.#ledger.tangle();
        body.skipNumber();
        return this.#thrown(start);
      case form.throw:
        body.skipNumber();
        return this.#thrown(start);
      case form.throwReference:
        return this.#thrown(start);
      default:
        this.#handler(kind, start);
    }
  }

  #handler(kind: number, start: number): void {
    const body = this.#body;
    const ledger = this.#ledger;
    switch (kind) {
      case form.try:
        body.blockType();
        ledger.open(blockKind.try, start);
        return;
      case form.catch:
        body.skipNumber();
        ledger.openHandler(this.#innermost(blockKind.try, start), start);
        return;
      case form.catchAll:
        ledger.openHandler(this.#innermost(blockKind.try, start), start);
        return;
      case form.delegate: {
        const frame = this.#innermost(blockKind.try, start);
        body.skipNumber();
        ledger.close(frame, start, body.position);
        return;
      }
      case form.tryTable:
        this.#tryTable(start);
        return;
      default:
        throw body.unknown(start);
    }
  }

  #end(start: number): void {
    const frame = this.#ledger.frames.at(0);
    if (frame === undefined) return;
    if (frame.kind === blockKind.function) this.#ledger.finish(frame, start);
    else this.#ledger.close(frame, start, this.#body.position);
  }

  #branchTable(start: number): void {
    let outermost = this.#body.bytes.length;
    for (let left = this.#body.u32(); left >= 0; left -= 1) {
      const target = this.#ledger.branchAmong(this.#target(), start);
      outermost = Math.min(outermost, target);
    }
    this.#ledger.branchedTo(outermost, start);
    this.#ledger.stop();
  }

  #called(start: number, quiet: Quiet = "no"): void {
    const isCold = this.#body.bytes[this.#body.position] === unreachable;
    if (isCold) this.#ledger.coldCall(start);
    else this.#ledger.quietCall(start, quiet);
  }

  #thrown(start: number): void {
    this.#ledger.call(start);
    this.#ledger.stop();
  }

  #tryTable(start: number): void {
    const body = this.#body;
    body.blockType();
    const catches: number[] = [];
    for (let left = body.u32(); left > 0; left -= 1) {
      const at = body.position;
      const kind = body.u32();
      if (kind > 3) throw body.fault(`catch: expected a kind 0 to 3, got ${kind}`, at);
      if (kind < 2) body.skipNumber();
      const depth = body.u32();
      if (!catches.includes(depth)) catches.push(depth);
      if (body.position > body.bytes.length) throw body.fault("try_table: expected a clause");
    }
    this.#ledger.open(blockKind.tryTable, start).catches = catches;
  }

  #target(): Frame {
    const start = this.#body.position;
    const depth = this.#body.u32();
    const frame = this.#ledger.frames.at(depth);
    if (frame !== undefined) return frame;
    throw this.#body.fault(`branch: expected a label that is there, got ${depth}`, start);
  }

  #innermost(kind: number, start: number): Frame {
    const frame = this.#ledger.frames.at(0);
    if (frame?.kind === kind) return frame;
    throw this.#body.fault("body: expected an else or a handler inside of its block", start);
  }
}
