// `npm run record -- sim`: runs a proof at the length that is shown in BENCHMARKS.md, and writes its section there. What
// follows the name is given to it after its own options. The benches are recorded by `npm run bench`.
import { bundle } from "./orchestrator.ts";
import { fileOf } from "./record/figures.ts";
import { record } from "./record/record.ts";

type Proof = {
  readonly about: string;
  /** The script of that name below scripts/, and its options. */
  readonly script: string;
  readonly options: readonly string[];
};

const PROOFS: Readonly<Record<string, Proof>> = {
  sim: {
    about: "schedules of the control plane in simulated time",
    script: "sim",
    options: ["--seeds", "1000000"],
  },
  faults: {
    about: "faults planted in the cores, and which of them the simulator finds",
    script: "sim",
    options: ["--faults"],
  },
  chaos: {
    about: "the running program under everything that can be done to it",
    script: "chaos",
    options: ["15"],
  },
  soak: {
    about: "ten minutes at 80 % of the most that was answered",
    script: "soak",
    options: [],
  },
  fuzz: {
    about: "requests made from the OpenAPI document, and frames to the sockets",
    script: "fuzz",
    options: [],
  },
};

/** These write what they measured, too. */
const JSON_OF: ReadonlySet<string> = new Set(["soak"]);

const [name = "", ...others] = process.argv.slice(2);
const proof = PROOFS[name];
if (proof === undefined) {
  const listed = Object.entries(PROOFS).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
  console.error(
    `Usage: npm run record -- <name> [<option> …]; expected one of these names, got ${JSON.stringify(name)}:\n${listed.join("\n")}`,
  );
  process.exit(2);
}
const { about, script, options } = proof;
const given = [...options, ...others];
if (!process.env["EDGELOOM_BUNDLED"]) bundle();
process.exit(
  await record({
    name,
    about,
    command: ["npm", "run", script, ...(given.length === 0 ? [] : ["--", ...given])].join(" "),
    script: [
      `scripts/${script}.ts`,
      ...given,
      ...(JSON_OF.has(name) ? ["--json", fileOf(name)] : []),
    ],
  }),
);
