// What taking a component apart may take. A component is a stranger's, and can be made to be much work.

/** Of the transpiler's own memory: an isolate has 128 MB, and the component and its parts are held beside it. */
export const MEMORY_MB = 96;
/** What is written of a component beside its core modules: types that stand in each other can unfold to any length. */
export const GLUE_BYTES_MAX = 8 * 1024 * 1024;
/** Of a core: ten times what a component of the largest size takes. */
export const CPU_MS_MAX = 10_000;
/** With its neighbours' turns. */
export const TIMEOUT_MS = 60_000;
