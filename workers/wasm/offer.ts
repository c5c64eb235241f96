// Of what an inspection lists: the functions that can be called, as a call needs them, and the others with the
// reason why not.
import type { FunctionSignature, UncallableFunction, ValueType } from "#domain/module.ts";
import type { InspectedModule } from "./inspection.ts";

type Offer = {
  readonly signatures: readonly FunctionSignature[];
  readonly uncallable: readonly UncallableFunction[];
};

type Listed = InspectedModule["functions"][number];

/** A component that is a program, and nothing else that could be called. */
const COMPONENT_RUN = /^wasi:cli\/run@0\.2\.\d+#run$/;

/** A program takes any name: it finds it in its arguments. */
export function offer(found: InspectedModule): Offer {
  const [only, ...others] = found.functions;
  if (only !== undefined && others.length === 0 && COMPONENT_RUN.test(only.name)) {
    const program = { name: only.name, style: "command", parameters: [], results: [] } as const;
    return { signatures: [program], uncallable: [] };
  }
  if (found.convention === "command") {
    const reason = "The module is a program, which runs as a whole from its start.";
    const others = found.functions.filter(({ name }) => name !== "_start");
    return {
      signatures: [{ name: "_start", style: "command", parameters: [], results: [] }],
      uncallable: others.map(({ name }) => ({ name, wit: null, reason })),
    };
  }
  const signatures: FunctionSignature[] = [];
  const uncallable: UncallableFunction[] = [];
  for (const listed of found.functions) {
    if (listed.style === "none") uncallable.push(refused(listed, found.kind));
    else signatures.push(signatureOf(listed, found.convention === "extism"));
  }
  return { signatures, uncallable };
}

function signatureOf(
  listed: Exclude<Listed, { style: "none" }>,
  isPlugin: boolean,
): FunctionSignature {
  const { name, parameters, results } = listed;
  if (listed.style === "wit") return { name, style: "wit", ...listed.wit };
  const isExtism = isPlugin && parameters.length === 0 && results.join(",") === "i32";
  return {
    name,
    style: isExtism ? "extism" : listed.style,
    parameters: parameters.flatMap((parameter) =>
      isValueType(parameter.type) ? [{ name: parameter.name, type: parameter.type }] : [],
    ),
    results: results.filter(isValueType),
  };
}

function refused(
  { name, parameters, results, ...listed }: Listed,
  kind: InspectedModule["kind"],
): UncallableFunction {
  const odd = [...parameters.map(({ type }) => type), ...results].filter(
    (type) => !isValueType(type),
  );
  const types = [...new Set(odd)].join(", ");
  const told = `It takes or gives ${types}; a call passes i32, i64, f32 and f64.`;
  const reason = "reason" in listed && listed.reason !== undefined ? listed.reason : told;
  if (kind === "core") return { name, wit: null, reason };
  const taken = parameters.map((parameter) => `${parameter.name ?? "_"}: ${parameter.type}`);
  const given = results.map((type) => ` -> ${type}`).join("");
  const bare = name.slice(name.indexOf("#") + 1);
  return { name, wit: `${bare}: func(${taken.join(", ")})${given};`, reason };
}

function isValueType(type: string): type is ValueType {
  return type === "i32" || type === "i64" || type === "f32" || type === "f64";
}
