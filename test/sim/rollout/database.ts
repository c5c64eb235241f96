// The rows of routes as D1 keeps them, with the claims and fences of `stores/routes.ts`, and hours in which it fails.
import type { RegionRoute } from "#domain/route.ts";

type Row = {
  entries: RegionRoute["entries"];
  holder: string | null;
  fence: number;
  fencedBy: string | null;
};

export type Claimant = { readonly holder: string; readonly turn: number };
export type Written = { readonly holder: string; readonly routes: readonly RegionRoute[] };

export class Database {
  isDown = false;
  readonly rows = new Map<string, Row>();
  /** Told of every write that changed a row. */
  readonly #watch: (written: Written) => void;

  constructor(routes: readonly RegionRoute[], watch: (written: Written) => void) {
    for (const { region, entries } of routes) {
      this.rows.set(region, { entries, holder: null, fence: 0, fencedBy: null });
    }
    this.#watch = watch;
  }

  routes(): RegionRoute[] {
    return [...this.rows].map(([region, { entries }]) => ({ region, entries }));
  }

  /** All regions or none. */
  claim(
    { holder, turn }: Claimant,
    regions: readonly string[],
  ): { routes: RegionRoute[] } | { heldBy: string } {
    const rows = regions.flatMap((region) => this.rows.get(region) ?? []);
    const other = rows.find((row) => row.holder !== null && row.holder !== holder);
    if (other !== undefined) return { heldBy: other.holder ?? "" };
    // Sent before it gave them back, and here only after.
    const late = rows.find(
      (row) => row.holder === null && row.fencedBy === holder && row.fence > turn,
    );
    if (late !== undefined) return { heldBy: "nobody" };
    for (const row of rows) {
      row.fence = row.fencedBy === holder ? Math.max(row.fence, turn) : turn;
      row.fencedBy = holder;
      row.holder = holder;
    }
    return { routes: this.routes().filter(({ region }) => regions.includes(region)) };
  }

  /** Only the holder's newest turn counts: any other write changes nothing. */
  write(by: Claimant, routes: readonly RegionRoute[]): void {
    const written = routes.filter(({ region, entries }) => {
      const row = this.rows.get(region);
      if (row === undefined || row.holder !== by.holder || row.fence > by.turn) return false;
      row.entries = entries;
      row.fence = by.turn;
      return true;
    });
    this.#watch({ holder: by.holder, routes: written });
  }

  release({ holder, turn }: Claimant): void {
    for (const row of this.rows.values()) {
      if (row.holder !== holder || row.fence > turn) continue;
      row.holder = null;
      row.fence = turn;
    }
  }
}
