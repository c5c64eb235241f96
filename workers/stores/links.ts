// What a lattice keeps beside its workloads: links and named configs, of models and of those that were put by hand.
import { and, asc, eq, inArray, isNull, ne, or } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { LatticeLink, NamedConfig } from "#domain/link.ts";
import type { Database } from "./database.ts";
import { latticeConfigs, latticeLinks } from "./schema.ts";

type Of = { readonly lattice: string; readonly model: string };

/** D1 binds 100 parameters at most, and a link has thirteen. */
const ROWS_AT_ONCE = 7;

/** What the model asks for now, in place of what it asked for. A name that is there already becomes the model's. */
export async function setModelWiring(
  db: Database,
  { lattice, model }: Of,
  wanted: { readonly links: readonly LatticeLink[]; readonly configs: readonly NamedConfig[] },
): Promise<void> {
  await db.batch([
    db
      .delete(latticeLinks)
      .where(and(eq(latticeLinks.lattice, lattice), eq(latticeLinks.model, model))),
    db
      .delete(latticeConfigs)
      .where(and(eq(latticeConfigs.lattice, lattice), eq(latticeConfigs.model, model))),
    ...chunks(wanted.links).map((links) =>
      db
        .insert(latticeLinks)
        .values([...links])
        .onConflictDoNothing(),
    ),
    ...chunks(wanted.configs).map((configs) =>
      db
        .insert(latticeConfigs)
        .values([...configs])
        .onConflictDoNothing(),
    ),
  ]);
}

/** What the model asks for as it is kept. */
export async function wiringOf(
  db: Database,
  { lattice, model }: Of,
): Promise<{ readonly links: LatticeLink[]; readonly configs: NamedConfig[] }> {
  const [links, configs] = await db.batch([
    linksOf(db, lattice, eq(latticeLinks.model, model)),
    db
      .select()
      .from(latticeConfigs)
      .where(and(eq(latticeConfigs.lattice, lattice), eq(latticeConfigs.model, model))),
  ]);
  return { links, configs };
}

/** All of a lattice, by name. */
export async function listConfigs(db: Database, lattice: string): Promise<NamedConfig[]> {
  return db
    .select()
    .from(latticeConfigs)
    .where(eq(latticeConfigs.lattice, lattice))
    .orderBy(asc(latticeConfigs.name));
}

/** Those of them that are there. */
export async function findConfigs(
  db: Database,
  lattice: string,
  names: readonly string[],
): Promise<NamedConfig[]> {
  if (names.length === 0) return [];
  return db
    .select()
    .from(latticeConfigs)
    .where(and(eq(latticeConfigs.lattice, lattice), inArray(latticeConfigs.name, [...names])));
}

/** Those by which components hear messages, or speak. */
export async function messagingLinks(db: Database, lattice: string): Promise<LatticeLink[]> {
  const isMessaging = and(
    eq(latticeLinks.namespace, "wasmcloud"),
    eq(latticeLinks.package, "messaging"),
  );
  return linksOf(db, lattice, isMessaging);
}

/** Links by which another than the model answers at one of these ports. */
export async function othersAtPorts(
  db: Database,
  { lattice, model }: Of,
  ports: readonly number[],
): Promise<LatticeLink[]> {
  if (ports.length === 0) return [];
  const isOthers = or(isNull(latticeLinks.model), ne(latticeLinks.model, model));
  return linksOf(db, lattice, and(inArray(latticeLinks.port, [...ports]), isOthers));
}

/** Of everybody: models' links and those that were put by hand. */
export async function listLinks(db: Database, lattice: string): Promise<LatticeLink[]> {
  return linksOf(db, lattice).orderBy(
    asc(latticeLinks.source),
    asc(latticeLinks.target),
    asc(latticeLinks.name),
  );
}

export async function handLinksOf(
  db: Database,
  lattice: string,
  source: string,
): Promise<LatticeLink[]> {
  return linksOf(db, lattice, and(eq(latticeLinks.source, source), isNull(latticeLinks.model)));
}

function linksOf(db: Database, lattice: string, which?: SQL) {
  return db
    .select()
    .from(latticeLinks)
    .where(and(eq(latticeLinks.lattice, lattice), which));
}

/** What a source's links are told apart by: it has one of these. */
export type LinkKey = Pick<LatticeLink, "lattice" | "source" | "namespace" | "package" | "name">;

export async function findLink(db: Database, key: LinkKey): Promise<LatticeLink | null> {
  const [row] = await db.select().from(latticeLinks).where(isLink(key)).limit(1);
  return row ?? null;
}

/** Puts them in place of those of the same keys, together with the config, if there is one. */
export async function putByHand(
  db: Database,
  put: { readonly links: readonly LatticeLink[]; readonly config?: NamedConfig },
): Promise<void> {
  const { links, config } = put;
  const [first, ...rest] = [
    ...(config === undefined
      ? []
      : [
          db
            .insert(latticeConfigs)
            .values(config)
            .onConflictDoUpdate({
              target: [latticeConfigs.lattice, latticeConfigs.name],
              set: { values: config.values },
              setWhere: isNull(latticeConfigs.model),
            }),
        ]),
    ...links.flatMap((link) => [
      db.delete(latticeLinks).where(and(isLink(link), isNull(latticeLinks.model))),
      db.insert(latticeLinks).values(link),
    ]),
  ];
  if (first !== undefined) await db.batch([first, ...rest]);
}

/** What was put by hand. False where there was none. */
export async function deleteLink(db: Database, key: LinkKey): Promise<boolean> {
  const rows = await db
    .delete(latticeLinks)
    .where(and(isLink(key), isNull(latticeLinks.model)))
    .returning({ source: latticeLinks.source });
  return rows.length > 0;
}

/** What was put by hand. False where there was none. */
export async function deleteConfig(db: Database, lattice: string, name: string): Promise<boolean> {
  const rows = await db
    .delete(latticeConfigs)
    .where(
      and(
        eq(latticeConfigs.lattice, lattice),
        eq(latticeConfigs.name, name),
        isNull(latticeConfigs.model),
      ),
    )
    .returning({ name: latticeConfigs.name });
  return rows.length > 0;
}

function isLink(key: LinkKey) {
  return and(
    eq(latticeLinks.lattice, key.lattice),
    eq(latticeLinks.source, key.source),
    eq(latticeLinks.namespace, key.namespace),
    eq(latticeLinks.package, key.package),
    eq(latticeLinks.name, key.name),
  );
}

function chunks<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_AT_ONCE) }, (_, at) =>
    rows.slice(at * ROWS_AT_ONCE, (at + 1) * ROWS_AT_ONCE),
  );
}
