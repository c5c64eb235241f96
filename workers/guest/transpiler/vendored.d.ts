// What scripts/build-transpiler.ts makes of jco's vendored transpiler. Only what is used here is declared.
declare module "edgeloom:vendored" {
  export type GenerateOptions = {
    name: string;
    noTypescript: boolean;
    instantiation: { tag: "async" };
    base64Cutoff: number;
    noNodejsCompat: boolean;
    noNamespacedExports: boolean;
    compat: boolean;
    asyncMode: { tag: "jspi"; val: { imports: string[]; exports: string[] } };
  };

  export type Transpiler = {
    /** Throws what is wrong with the component. After that, or a trap, drop the instance. */
    generate(
      component: Uint8Array,
      options: GenerateOptions,
    ): Promise<{ files: [string, Uint8Array<ArrayBuffer>][] }>;
  };

  /** Its WebAssembly is metered: whoever makes the instances fills their counters, and calls what may suspend. */
  export function instantiateTranspiler(
    instantiateCore: (
      module: WebAssembly.Module,
      imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    ) => Promise<WebAssembly.Instance>,
    enter: (fn: CallableFunction, ...values: readonly unknown[]) => Promise<unknown>,
  ): Promise<Transpiler>;
}

declare module "*.bin" {
  const bytes: ArrayBuffer;
  export default bytes;
}
