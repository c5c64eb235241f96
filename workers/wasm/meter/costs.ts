// What things cost, in gas. A unit is about one plain instruction; what an engine does beyond that
// (a division, a call, a growing memory) costs more. A change here is a change of the meter's version.

// A digest of a metered module is good for one version of the meter.
export const METER_VERSION = 6;

// Payments are put off until so much has come up, which keeps them out of short stretches of code.
export const CARRY = 512;

// The ways through a loop pay as the dearest does, as long as it isn't dearer by more than this.
export const LOOP_SPREAD = 64;

// Each call pays this for the function it calls, so that a leaf no longer than this needs no meter.
// The host owes it too, for each call of an export.
export const CALL_PREPAYS = 24;

const CALL = 4;
export const DIRECT_CALL = CALL + CALL_PREPAYS;
export const INDIRECT_CALL = CALL + 6 + CALL_PREPAYS;

export const BULK_BASE = 24;
export const MEMORY_BYTE = 1;
export const TABLE_ELEMENT = 32;

export const GROW_BASE = 4_096;
export const MEMORY_PAGE = 16_384;

// The length of a bulk operation is paid without looking at the gas if it is known and costs no more.
export const KNOWN_LENGTH_MAX = 1_024;

export const HOST_CALL_MAX = 1_000_000_000;
