// Policies refine what roles grant: rules that allow or deny actions on resources, under conditions.
type Effect = "Allow" | "Deny";

export type Rule = {
  readonly effect: Effect;
  /** `kind:name` with `*` for any run of characters, or `*`. */
  readonly resource: string;
  /** Whole actions (`module:delete`), verbs of any kind (`delete`), all of a kind (`module:*`), or `*`. */
  readonly actions: readonly string[];
  /** A CEL expression; null holds always. */
  readonly condition: string | null;
};

/** In `count` mode it refuses nothing: what it would refuse is recorded. */
export type Mode = "enforce" | "count";

export type Policy = {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly rules: readonly Rule[];
  readonly enabled: boolean;
  readonly mode: Mode;
  readonly createdAt: number;
  readonly createdBy: string;
};

export const POLICIES_MAX = 100;
export const RULES_MAX = 50;
export const ACTIONS_MAX = 50;

/** Who asks for what, under which circumstances: what a condition can look at. */
export type Request = {
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly email: string;
    /** The first of `roles`, in lower case as all of them. */
    readonly role: string;
    readonly roles: readonly string[];
  };
  readonly action: string;
  readonly resource: string;
  readonly context: Circumstances;
};

export type Circumstances = {
  readonly mfaVerified: boolean;
  readonly ip: string;
  readonly time: number;
  readonly approvalId: string;
  readonly force: boolean;
};
