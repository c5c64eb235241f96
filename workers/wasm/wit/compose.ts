// Puts a registered interface's text together with the texts that it uses into one that the
// reference tools can read, and keeps the author's text last, so that only one offset moves. It
// takes in no dependency that the text doesn't lead to.
import { interfaceId as idOf } from "#domain/interface.ts";
import { blank, definedNames, type Item, items } from "./outline.ts";

/** An interface as it is registered. */
export interface WitSource {
  /** The package: `namespace:package`. */
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly text: string;
}

export interface Composition {
  /** What stands before the author's text, in one line. */
  readonly prefix: string;
  /** The author's text; its package line is blanked. */
  readonly text: string;
  /** The world that imports the interface. */
  readonly world: string;
}

const semver = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?`;
const foreignReference = new RegExp(
  String.raw`([A-Za-z][A-Za-z0-9-]*:[A-Za-z][A-Za-z0-9-]*)\/%?([A-Za-z][A-Za-z0-9-]*)@(${semver})`,
  "g",
);
const siblingReference = /\b(?:use|import|export)\s+([A-Za-z][A-Za-z0-9-]*)\s*(?:\.\s*\{|;|as\b)/g;

export function packageOf({ namespace, version }: WitSource): string {
  return `${namespace}@${version}`;
}

export function interfaceId({ namespace, name, version }: WitSource): string {
  return idOf(namespace, name, version);
}

/** The ids of the interfaces that a text names, other than those it defines itself. */
export function references(source: WitSource): string[] {
  const text = blank(source.text).replaceAll("%", "");
  const own = definedNames(source.text);
  const foreign = [...text.matchAll(foreignReference)].map(
    ([, namespace, name, version]) => `${namespace}/${name}@${version}`,
  );
  const siblings = [...text.matchAll(siblingReference)]
    .filter(([, name = ""]) => !own.has(name))
    .map(([, name = ""]) => interfaceId({ ...source, name }));
  return [...new Set([...foreign, ...siblings])];
}

/** The source's own line `package a:b@1.0.0;`, if it has one. */
export function packageLine(text: string): Item | null {
  const [first] = items(text);
  return first?.kind === "package" && first.body === null ? first : null;
}

export function compose(source: WitSource, dependencies: readonly WitSource[]): Composition {
  const packages = new Map<string, Map<string, string>>();
  for (const dependency of reachable(source, dependencies)) collect(dependency, packages);

  const ownPackage = packageOf(source);
  const defined = definedNames(source.text);
  const siblings = [...(packages.get(ownPackage) ?? [])].filter(([name]) => !defined.has(name));
  packages.delete(ownPackage);
  const others = [...packages].filter(([name]) => !defined.has(name));

  const world = freeName(source.text, "interface-under-test");
  const prefix = [
    `package ${escaped(ownPackage)};`,
    `world ${world} { import %${source.name}; }`,
    ...siblings.map(([, text]) => text),
    ...others.map(
      ([name, texts]) => `package ${escaped(name)} { ${[...texts.values()].join(" ")} }`,
    ),
    "",
  ].join(" ");
  return { prefix, text: withoutPackageLine(source.text), world };
}

/** The dependencies that the source leads to, directly or through others. */
function reachable(source: WitSource, dependencies: readonly WitSource[]): WitSource[] {
  const byId = new Map(dependencies.map((dependency) => [interfaceId(dependency), dependency]));
  byId.delete(interfaceId(source));
  const found: WitSource[] = [];
  const waiting = references(source);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const dependency = byId.get(id);
    if (!dependency) continue;
    byId.delete(id);
    found.push(dependency);
    waiting.push(...references(dependency));
  }
  return found;
}

/** Sorts a dependency's items by package; of items with one name the first stays. */
function collect(dependency: WitSource, packages: Map<string, Map<string, string>>): void {
  const text = blank(dependency.text);
  const add = (packageName: string, { name, start, end }: Item, from: string): void => {
    const texts = packages.get(packageName) ?? new Map<string, string>();
    packages.set(packageName, texts);
    if (!texts.has(name)) texts.set(name, from.slice(start, end));
  };
  for (const item of items(text)) {
    if (item.kind === "interface" || item.kind === "use") add(packageOf(dependency), item, text);
    if (item.kind !== "package" || item.body === null) continue;
    const body = text.slice(item.body.start, item.body.end);
    for (const inner of items(body)) add(item.name, inner, body);
  }
}

function withoutPackageLine(text: string): string {
  const line = packageLine(text);
  if (!line) return text;
  const blanked = text.slice(line.start, line.end).replaceAll(/[^\n]/g, " ");
  return text.slice(0, line.start) + blanked + text.slice(line.end);
}

/** Lets a package have a keyword for a name. */
function escaped(packageName: string): string {
  return packageName.replace(/^%?([^:]+):%?/, "%$1:%");
}

function freeName(text: string, wish: string): string {
  return text.includes(wish) ? freeName(text, `${wish}-x`) : wish;
}
