// Links of a component, in the words of either generation.
import type { Component, Trait } from "./schema.ts";

export type LinkTrait = Extract<Trait, { type: "link" | "linkdef" }>;

/** With the place that each has among the component's traits. */
export function linksOf({ traits = [] }: Component): { trait: LinkTrait; index: number }[] {
  return traits.flatMap((trait, index) =>
    trait.type === "link" || trait.type === "linkdef" ? [{ trait, index }] : [],
  );
}

/** The target's name; empty where it has none. */
export function targetOf(trait: LinkTrait): string {
  const { target } = trait.properties;
  return typeof target === "string" ? target : (target.name ?? "");
}

/** Before wadm 0.10: actors, and capabilities with a contract. */
export function isOldGeneration(component: Component): boolean {
  if (component.type !== "capability") return component.type === "actor";
  return component.properties.contract !== undefined;
}
