/** JavaScript Promise Integration: it is in the engine and not yet in TypeScript's declarations. */
export const integration = WebAssembly as unknown as {
  Suspending: new (fn: (...values: never[]) => Promise<unknown>) => WebAssembly.ImportValue;
  promising: (fn: CallableFunction) => (...values: readonly unknown[]) => Promise<unknown>;
};
