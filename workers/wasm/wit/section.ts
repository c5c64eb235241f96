// Takes the section "component-type" out of a core module. A Worker may not compile the module to ask
// it, and the module is one that the reference tools have just made, so nothing else is read or checked.

const headerBytes = 8;
const sectionName = "component-type";

export function componentTypeOf(module: Uint8Array): Uint8Array {
  const decoder = new TextDecoder();
  let at = headerBytes;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < module.length) {
    const id = module[at];
    at += 1;
    const size = number();
    const end = at + size;
    if (id === 0) {
      const length = number();
      const start = at + length;
      if (decoder.decode(module.subarray(at, start)) === sectionName)
        return module.slice(start, end);
    }
    at = end;
  }
  throw new Error(`The WIT tools embedded no section ${sectionName}.`);
}
