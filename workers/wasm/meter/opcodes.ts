// The opcodes and types of what the meter writes itself.

export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  call: 0x10,
  callReference: 0x14,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Ne: 0x47,
  i64Ne: 0x52,
  i64LessSigned: 0x53,
  i64AtMost: 0x58,
  i32And: 0x71,
  i64Add: 0x7c,
  i64Subtract: 0x7d,
  i64Multiply: 0x7e,
  i64ShiftLeft: 0x86,
  extendUnsigned: 0xad,
  referenceNull: 0xd0,
  branchOnNull: 0xd5,
  numeric: 0xfc,
} as const;

export const noResult = 0x40;
export const i32 = 0x7f;
export const i64 = 0x7e;
// A page has 2 ** 16 bytes.
export const pageShift = 16;
