declare module "*.wat" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.wat?names" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.wasi" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*?raw" {
  const text: string;
  export default text;
}

declare module "*.wasm?bytes" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.md?raw" {
  const text: string;
  export default text;
}
