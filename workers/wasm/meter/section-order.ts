// The sections of a core module by their numbers, and which of them may only stand after those that the meter adds to.

export const id = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

// Those up to the one that tells of the memory.
export const upToMemory: ReadonlySet<number> = new Set([
  id.type,
  id.import,
  id.function,
  id.table,
  id.memory,
]);
export const afterGlobals: ReadonlySet<number> = new Set([
  id.export,
  id.start,
  id.element,
  id.dataCount,
  id.code,
  id.data,
]);
export const afterExports: ReadonlySet<number> = new Set([
  id.element,
  id.dataCount,
  id.code,
  id.data,
]);
