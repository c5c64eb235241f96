// A component's function as WIT writes it: the types that it names, each after those it is made of, then the function.
import type { WitSignature } from "#domain/module.ts";
import type { WitType } from "./type.ts";

export function witText({ name, parameters, result }: WitSignature): string {
  const definitions = new Set<string>();
  const taken = parameters.map(({ name, type }) => `${name}: ${use(type, definitions)}`);
  const given = result === null ? "" : ` -> ${use(result, definitions)}`;
  const bare = name.slice(name.indexOf("#") + 1);
  return [...definitions, `${bare}: func(${taken.join(", ")})${given};`].join("\n");
}

/** The type where it is used: by its name, whose definition is added, else spelled out. */
function use(type: WitType, definitions: Set<string>): string {
  if (type.name === undefined) return spell(type, definitions);
  definitions.add(definition(type.name, type, definitions));
  return type.name;
}

function definition(name: string, type: WitType, definitions: Set<string>): string {
  const body = spell(type, definitions);
  const isBlock = /^(?:record|variant|enum|flags) /.test(body);
  return isBlock ? body.replace(" ", ` ${name} `) : `type ${name} = ${body};`;
}

function spell(type: WitType, definitions: Set<string>): string {
  const inner = (part: WitType) => use(part, definitions);
  switch (type.kind) {
    case "list":
      return `list<${inner(type.element)}${type.length === undefined ? "" : `, ${type.length}`}>`;
    case "map":
      return `map<${inner(type.key)}, ${inner(type.value)}>`;
    case "tuple":
      return `tuple<${type.elements.map(inner).join(", ")}>`;
    case "record":
      return `record { ${type.fields.map(({ name, type }) => `${name}: ${inner(type)}`).join(", ")} }`;
    case "variant":
      return `variant { ${type.cases.map(({ name, type }) => (type === null ? name : `${name}(${inner(type)})`)).join(", ")} }`;
    case "enum":
    case "flags":
      return `${type.kind} { ${type.labels.join(", ")} }`;
    case "option":
      return `option<${inner(type.element)}>`;
    case "result":
      return spellResult(type.ok, type.error, inner);
    case "own":
      return type.resource ?? "resource";
    case "borrow":
      return `borrow<${type.resource ?? "resource"}>`;
    case "stream":
    case "future":
      return type.element === null ? type.kind : `${type.kind}<${inner(type.element)}>`;
    case "bool":
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64":
    case "f32":
    case "f64":
    case "char":
    case "string":
    case "error-context":
      return type.kind;
    default:
      return type satisfies never;
  }
}

function spellResult(
  ok: WitType | null,
  error: WitType | null,
  inner: (type: WitType) => string,
): string {
  if (ok === null && error === null) return "result";
  const okText = ok === null ? "_" : inner(ok);
  return error === null ? `result<${okText}>` : `result<${okText}, ${inner(error)}>`;
}
