// Files that a guest finds below its allowedDirectories: its module's own, and those that come with a call.

/** Its content as text or as base64. */
export type GivenFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly base64: string };

/** Files that come with one call, or with one registration. */
export const FILES_MAX = 64;
export const FILE_CHARACTERS_MAX = 1024 * 1024;
/** A module's own lie in its row and travel with every order to a node: all of them together hold no more. */
export const MODULE_FILES_CHARACTERS_MAX = 256 * 1024;

export function charactersOf(files: readonly GivenFile[]): number {
  return files.reduce((sum, file) => sum + ("text" in file ? file.text : file.base64).length, 0);
}

/** The module's own first: a file of the call stands in the place of one with the same path. */
export function filesFor(
  own: readonly GivenFile[],
  given: readonly GivenFile[],
): readonly GivenFile[] {
  const replaced = new Set(given.map(({ path }) => placeOf(path)));
  return [...own.filter(({ path }) => !replaced.has(placeOf(path))), ...given];
}

/** Two spellings of one place are one file. */
function placeOf(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .join("/");
}
