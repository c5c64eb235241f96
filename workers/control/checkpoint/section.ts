// What each part of the desired state can do: be read, and be brought to what a checkpoint says.
import type { Entries } from "#domain/checkpoint.ts";

export type Section = {
  read(env: Env): Promise<Entries>;
  /** Whatever stands is made as it says: done again, it changes nothing. */
  put(env: Env, entry: Entry, by: string): Promise<void>;
  /** Of one that is gone already: nothing. */
  remove(env: Env, key: string, by: string): Promise<void>;
};

type Entry = { readonly key: string; readonly value: unknown };
