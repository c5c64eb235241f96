// The model of a decoded component: what it imports and exports, by name, kind and type.
// It keeps no canonical options and no bytes; a linker would need more than an inspector does.
import type { CoreModule } from "#wasm/core/module.ts";
import type { ByteRange } from "#wasm/cursor.ts";
import type { WitField, WitType } from "./wit-type.ts";

export type ComponentFunction = {
  readonly parameters: readonly WitField[];
  readonly result: WitType | null;
  readonly async: boolean;
};

export type Entity =
  | { readonly kind: "module" }
  | { readonly kind: "func"; readonly type: ComponentFunction }
  | { readonly kind: "value"; readonly type: WitType }
  | { readonly kind: "type"; readonly type: TypeEntry }
  | { readonly kind: "component"; readonly type: ComponentShape }
  | { readonly kind: "instance"; readonly type: InstanceShape };

export type Entities = ReadonlyMap<string, Entity>;

export type InstanceShape = { readonly exports: Entities };

export type ComponentShape = { readonly imports: Entities; readonly exports: Entities };

// What an entry of a type index space can be.
export type TypeEntry =
  | { readonly kind: "value"; readonly type: WitType }
  | { readonly kind: "func"; readonly type: ComponentFunction }
  | { readonly kind: "component"; readonly type: ComponentShape }
  | { readonly kind: "instance"; readonly type: InstanceShape };

export type NestedModule = ByteRange & { readonly module: CoreModule };

// `modules` are all core modules inside, at any depth, in the order of the file.
export type Component = ComponentShape & {
  readonly modules: readonly NestedModule[];
  readonly customSections: readonly string[];
};
