// What the loader puts beside the entry of a component's isolate.
declare module "*/component.js" {
  /** jco's output in its asynchronous instantiation mode. */
  // oxlint-disable-next-line max-params -- Three are jco's own.
  export function instantiate(
    getCoreModule: (name: string) => WebAssembly.Module,
    imports: Readonly<Record<string, unknown>>,
    instantiateCore: (
      module: WebAssembly.Module,
      imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    ) => Promise<WebAssembly.Instance>,
    globals: object,
  ): Promise<Readonly<Record<string, unknown>>>;
}

declare module "*/cores.js" {
  /** The core modules by the names that the glue asks for. */
  export const cores: Readonly<Record<string, WebAssembly.Module>>;
}

declare module "*/linked.js" {
  import type { LinkedInterface } from "#domain/linked.ts";

  /** What the component imports and links have to lead to. */
  export const linked: readonly LinkedInterface[];
}
