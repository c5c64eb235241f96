// What scripts/build-wit-tools.ts leaves in .build/: the reference WIT tools, compiled for a Worker.
// Only what is used here is declared.
declare module "#build/wit-tools.js" {
  export interface EmbedOptions {
    binary: Uint8Array;
    witSource: string;
    world: string;
    features: { tag: "all" };
  }

  /** Each function throws an Error with the reference tools' message. */
  export interface WitTools {
    /** Adds a world's types to a core module, as a custom section "component-type". */
    componentEmbed(options: EmbedOptions): Uint8Array;
    /** Makes a component of a core module with embedded types, and validates both. */
    componentNew(binary: Uint8Array): Uint8Array;
    /** The text format of a module or a component. */
    print(binary: Uint8Array): string;
  }

  /** A fresh instance with a memory of its own. After a trap, drop it. */
  export function instantiateWitTools(): Promise<WitTools>;
}
