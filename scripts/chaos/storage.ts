// What the state's folder holds, read from its SQLite files beside the running runtime and past its API.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const DATABASE = "d1/miniflare-D1DatabaseObject";
const RUNNERS = "do/edgeloom-RunnerObject";

export type StoredRoute = {
  readonly moduleName: string;
  readonly region: string;
  readonly holder: string | null;
  readonly entries: readonly { moduleId: string; weight: number; nodes: readonly string[] }[];
};

export class Storage {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  routes(): StoredRoute[] {
    type Row = { module_name: string; region: string; holder: string | null; entries: string };
    return this.#ask<Row>(this.#database(), "select * from routes").map((row) => ({
      moduleName: row.module_name,
      region: row.region,
      holder: row.holder,
      entries: JSON.parse(row.entries),
    }));
  }

  moduleIds(): string[] {
    return this.#ask<{ id: string }>(this.#database(), "select id from modules").map(
      ({ id }) => id,
    );
  }

  /** Each deployment's phase, as it was last listed. */
  phases(): Map<string, string> {
    type Row = { id: string; name: string; step: string | null; wave: number | null };
    const rows = this.#ask<Row>(
      this.#database(),
      "select id, rollout->>'$.phase.name' as name, rollout->>'$.phase.step' as step, rollout->>'$.phase.wave' as wave from deployments",
    );
    const told = ({ name, step, wave }: Row): string =>
      `${name}${step === null ? "" : ` (${step})`}${wave === null ? "" : ` ${wave + 1}`}`;
    return new Map(rows.map((row) => [row.id, told(row)]));
  }

  /** The versions that a runner holds and is not about to let go of; those that it is, apart. */
  assignments(objectId: string): { held: string[]; retiring: string[] } {
    const path = join(this.#directory, RUNNERS, `${objectId}.sqlite`);
    const rows = this.#ask<{ module_id: string; retire_at: number | null }>(
      path,
      "select module_id, retire_at from assignments where assignment is not null",
    );
    const ids = (retiring: boolean): string[] =>
      rows.filter((row) => (row.retire_at !== null) === retiring).map((row) => row.module_id);
    return { held: ids(false), retiring: ids(true) };
  }

  #database(): string {
    const directory = join(this.#directory, DATABASE);
    const name = readdirSync(directory).find((file) => /^[0-9a-f]{64}\.sqlite$/.test(file));
    if (name === undefined) throw new Error(`There is no D1 database in ${directory}.`);
    return join(directory, name);
  }

  #ask<Row>(path: string, sql: string): Row[] {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    try {
      // The statements above name their columns.
      return database.prepare(sql).all() as Row[];
    } finally {
      database.close();
    }
  }
}
