// How much of everything a module may hold. Where entries are kept the limits lie below those of the
// WebAssembly JavaScript interface, far above what compilers write, because a few bytes of binary
// become a hundred of heap; elsewhere they are the interface's own.

export const typesMax = 50_000;
export const functionsMax = 300_000;
export const importsMax = 50_000;
export const exportsMax = 50_000;
export const globalsMax = 50_000;
export const tagsMax = 50_000;
export const tablesMax = 10_000;
export const memoriesMax = 1_000;
export const dataSegmentsMax = 100_000;
export const elementSegmentsMax = 10_000_000;
export const segmentElementsMax = 10_000_000;
export const tableElementsMax = 10_000_000;
export const parametersMax = 1_000;
export const resultsMax = 1_000;
export const structFieldsMax = 10_000;
export const localsMax = 50_000;
export const bodyBytesMax = 7_654_321;
export const memoryPagesMax = 65_536;
export const memory64PagesMax = 2 ** 48;
export const customSectionsMax = 10_000;
export const typeSectionBytesMax = 1_048_576;
