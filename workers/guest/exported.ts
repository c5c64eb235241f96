/** An exported function by its name. Registration has read the binary, so that it is there is a promise kept. */
export function exported(instance: WebAssembly.Instance, name: string): CallableFunction {
  const item = instance.exports[name];
  if (typeof item !== "function") throw new TypeError(`The module exports no function ${name}.`);
  return item;
}
