// What the command and the planted faults use of the simulator, in one bundle.
import { INVARIANTS, looked } from "./invariant.ts";
import type { Simulator } from "./played.ts";
import { playSeed } from "./schedule.ts";
import { shrunk } from "./shrink.ts";

export const simulator: Simulator = { INVARIANTS, looked, playSeed, shrunk };
