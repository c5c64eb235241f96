// What one link's component keeps by wasi:keyvalue. Each request is one transaction: it is done wholly, in turn, and kept
// before it is answered.
import { DurableObject } from "cloudflare:workers";
import { KEYS_MAX, incremented, requestFault } from "#domain/keyvalue.ts";
import type { KeyvalueAnswer, KeyvalueRequest } from "#domain/keyvalue.ts";

export class KeyvalueObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "create table if not exists entries (bucket text, key text, value blob not null, primary key (bucket, key)) without rowid",
    );
  }

  perform(bucket: string, request: KeyvalueRequest): KeyvalueAnswer {
    const reason = requestFault(request);
    if (reason !== null) return { type: "refused", reason };
    switch (request.type) {
      case "get":
        return { type: "values", values: request.keys.map((key) => this.#get(bucket, key)) };
      case "set":
        for (const [key, value] of request.entries) this.#set(bucket, key, value);
        return { type: "done" };
      case "delete":
        for (const key of request.keys) {
          this.#sql.exec("delete from entries where bucket = ? and key = ?", bucket, key);
        }
        return { type: "done" };
      case "list":
        return this.#list(bucket, request.after);
      case "increment": {
        const kept = this.#get(bucket, request.key);
        const text = kept === null ? null : new TextDecoder().decode(kept);
        const number = incremented(text, request.delta);
        if (typeof number === "string") return { type: "refused", reason: number };
        this.#set(bucket, request.key, new TextEncoder().encode(String(number)));
        return { type: "number", number };
      }
    }
  }

  #get(bucket: string, key: string): Uint8Array | null {
    const [row] = this.#sql
      .exec<{ value: ArrayBuffer }>(
        "select value from entries where bucket = ? and key = ?",
        bucket,
        key,
      )
      .toArray();
    return row === undefined ? null : new Uint8Array(row.value);
  }

  #set(bucket: string, key: string, value: Uint8Array): void {
    this.#sql.exec("insert or replace into entries values (?, ?, ?)", bucket, key, value);
  }

  #list(bucket: string, after: number): KeyvalueAnswer {
    const keys = this.#sql
      .exec<{ key: string }>(
        "select key from entries where bucket = ? order by key limit ? offset ?",
        bucket,
        KEYS_MAX + 1,
        after,
      )
      .toArray()
      .map(({ key }) => key);
    return { type: "keys", keys: keys.slice(0, KEYS_MAX), isLast: keys.length <= KEYS_MAX };
  }
}
