// Binaries that are made to hurt whoever reads them: large where readers recurse, loop or reserve, or with names that
// would end a string in the JavaScript that jco writes.
import {
  component,
  core,
  functionType,
  oneBody,
  oneFunction,
  oneType,
  section,
  text,
  u32,
  vector,
} from "./builder.ts";

type Hurtful = {
  readonly name: string;
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  /** How its registration may be answered, and what a refusal says. */
  readonly statuses: readonly number[];
  readonly word: string;
};

export const HURTFUL: readonly Hurtful[] = [
  {
    name: "a million entries in a br_table",
    bytes: () => withBody(branches(1_000_000)),
    statuses: [400],
    word: "does not validate",
  },
  {
    name: "a function of 7 MB",
    bytes: () => withBody(repeated([0x41, 0, 0x1a], 2_333_333, [0x0b])),
    statuses: [201, 400],
    word: "",
  },
  {
    name: "a function of 8 MB",
    bytes: () => withBody(repeated([0x41, 0, 0x1a], 2_700_000, [0x0b])),
    statuses: [400],
    word: "body",
  },
  {
    name: "200,000 nested blocks",
    bytes: () => withBody(nested(200_000)),
    statuses: [201, 400],
    word: "",
  },
  {
    name: "a count of functions that is not there",
    bytes: () => core(oneType, [3, 5, ...u32(4_294_967_295)]),
    statuses: [400],
    word: "function",
  },
];

/** Components whose names are scripts, where jco's glue would have them in a string of each kind. */
export function injections(script: string): Uint8Array<ArrayBuffer>[] {
  return [`'];${script}//`, `"];${script}//`, `\`];${script}//`, `\\'];${script}//`].flatMap(
    (name) => [
      within(core(oneType, oneFunction, section(7, vector([...text(name), 0, 0])), oneBody)),
      within(core(oneType, section(2, vector([...text(name), ...text("f"), 0, 0])))),
      within(core(oneType, section(2, vector([...text("m"), ...text(name), 0, 0])))),
      importing(name),
    ],
  );
}

/** A core module that asks its host for a function of that module. */
export function asking(module: string, name: string): Uint8Array<ArrayBuffer> {
  const types = section(1, vector(functionType([], [])));
  return core(types, section(2, vector([...text(module), ...text(name), 0, 0])));
}

/** A component that asks for an interface of that name, with one function in it. */
export function importing(name: string): Uint8Array<ArrayBuffer> {
  // An instance type with a type for functions without parameters and result, and such a function.
  const func = [0x01, 0x40, 0x00, 0x01, 0x00];
  const exported = [0x04, 0x00, ...text("call"), 0x01, 0x00];
  const instance = section(7, vector([0x42, ...vector(func, exported)]));
  return component(instance, section(10, vector([0x00, ...text(name), 0x05, 0x00])));
}

function within(module: Uint8Array): Uint8Array<ArrayBuffer> {
  return component([1, ...u32(module.length), ...module]);
}

/** A module of one function with this body, built without spreading: it may have millions of bytes. */
function withBody(code: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = u32(code.length + 1);
  const content = [1, ...size, 0];
  const header = core(oneType, oneFunction);
  const start = [10, ...u32(content.length + code.length), ...content];
  const bytes = new Uint8Array(header.length + start.length + code.length);
  bytes.set(header);
  bytes.set(start, header.length);
  bytes.set(code, header.length + start.length);
  return bytes;
}

function repeated(pattern: readonly number[], times: number, end: readonly number[]): Uint8Array {
  const code = new Uint8Array(pattern.length * times + end.length);
  for (let at = 0; at < times; at += 1) code.set(pattern, at * pattern.length);
  code.set(end, pattern.length * times);
  return code;
}

/** block; i32.const 0; br_table with so many targets; end; end */
function branches(targets: number): Uint8Array {
  const before = [0x02, 0x40, 0x41, 0, 0x0e, ...u32(targets)];
  const code = new Uint8Array(before.length + targets + 3);
  code.set(before);
  code.set([0x0b, 0x0b], code.length - 2);
  return code;
}

function nested(depth: number): Uint8Array {
  const code = new Uint8Array(depth * 3 + 1);
  for (let at = 0; at < depth; at += 1) code.set([0x02, 0x40], at * 2);
  code.fill(0x0b, depth * 2);
  return code;
}
