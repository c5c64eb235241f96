// One file of the specification's tests, as `wast2json` writes it, but for what nobody here asks for.

export type Command = {
  readonly type: string;
  readonly line: number;
  readonly filename?: string;
  readonly name?: string;
  readonly as?: string;
  readonly action?: {
    readonly type: "invoke" | "get";
    readonly module?: string;
    readonly field: string;
    readonly args?: readonly { readonly type: string; readonly value?: unknown }[];
  };
};

export type Script = {
  readonly name: string;
  readonly commands: readonly Command[];
  /** In base64, by the names that the commands have. */
  readonly modules: Readonly<Record<string, string>>;
};
