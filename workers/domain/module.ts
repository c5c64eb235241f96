// A module: a named, versioned WASM artifact, and what was read out of it at registration.
import { parse } from "semver";
import type { GivenFile } from "./file.ts";
import type { WitParameter, WitType } from "./wit/type.ts";

export type ModuleStatus = "Active" | "Deprecated" | "Disabled";
export type WasiVersion = "preview1" | "preview2";

export type ModuleLimits = {
  readonly maxMemoryMB: number;
  readonly maxCpuPercent: number;
  readonly maxExecutionTimeSeconds: number;
  readonly maxConcurrentInvocations: number;
  readonly filesystemAccess: "Disabled" | "ReadOnly" | "ReadWrite";
  readonly allowedDirectories?: readonly string[] | undefined;
  readonly networkAccess: "Disabled" | "AllowList" | "Unrestricted";
  readonly allowedHosts?: readonly string[] | undefined;
  readonly environmentVariables?: Readonly<Record<string, string>> | undefined;
};

export type ValueType = "i32" | "i64" | "f32" | "f64";

/** How the module as a whole is run: decided from its bytes at registration, never guessed at a call. */
export type Convention =
  | "numbers"
  | "json"
  | "extism"
  | "command"
  | "reactor"
  | "component"
  | "http";

/**
 * A core module's function: `numbers` passes WASM values, `json` a UTF-8 document through memory, `extism` through
 * the host, `command` through stdin and stdout.
 */
export type CoreSignature = {
  readonly name: string;
  readonly style: "numbers" | "json" | "extism" | "command";
  readonly parameters: readonly { readonly name: string | null; readonly type: ValueType }[];
  readonly results: readonly ValueType[];
};

/** A component's function, which is called by the types of its WIT. */
export type WitSignature = {
  readonly name: string;
  readonly style: "wit";
  readonly parameters: readonly WitParameter[];
  readonly result: WitType | null;
};

export type FunctionSignature = CoreSignature | WitSignature;

/** A function that is exported, but can't be called for a reason. Only a component's has a WIT text. */
export type UncallableFunction = {
  readonly name: string;
  readonly wit: string | null;
  readonly reason: string;
};

export type Module = {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly wasiVersion: WasiVersion;
  readonly requiredInterfaces: readonly string[];
  readonly limits: ModuleLimits;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What its guests find in their file tree at every call. */
  readonly files: readonly GivenFile[];
  readonly digest: string;
  readonly sizeBytes: number;
  readonly exportedFunctions: readonly string[];
  readonly signatures: readonly FunctionSignature[];
  readonly uncallable: readonly UncallableFunction[];
  readonly importedInterfaces: readonly string[];
  readonly convention: Convention;
  readonly status: ModuleStatus;
  readonly registeredAt: number;
  readonly registeredBy: string;
};

export const MODULE_BYTES_MAX = 52_428_800;
export const MODULE_NAME = /^[a-zA-Z0-9_-]+$/;

export const DEFAULT_LIMITS: ModuleLimits = {
  maxMemoryMB: 128,
  maxCpuPercent: 50,
  maxExecutionTimeSeconds: 30,
  maxConcurrentInvocations: 100,
  filesystemAccess: "Disabled",
  networkAccess: "Disabled",
};

export function moduleId(name: string, version: string): string {
  return `${name}-v${version}`;
}

/** Where the original bytes stand. Neither a name nor a version can hold a slash, so keys never meet. */
export function artifactKey(name: string, version: string): string {
  return `${name}/${version}/module.wasm`;
}

/** SemVer 2.0, pre-release and build included, exactly as written. */
export function isVersion(text: string): boolean {
  return /^\d\S*$/.test(text) && parse(text)?.raw === text;
}

/**
 * Tells a version's id (`image-processor-v1.2.0`) from a bare module name (`image-processor`).
 * A name holds no dot, so what follows the last `-v` before the first dot can only be a version.
 */
export function parseModuleReference(
  text: string,
): { name: string; version: string | null } | null {
  const versioned = /^([a-zA-Z0-9_-]+)-v(\d+\..+)$/.exec(text);
  const [, name, version] = versioned ?? [];
  if (name !== undefined && version !== undefined)
    return isVersion(version) ? { name, version } : null;
  return MODULE_NAME.test(text) ? { name: text, version: null } : null;
}
