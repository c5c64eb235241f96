// From a directory and a path of the guest's to the place that is meant. Nothing leads out of the directory:
// neither `..` nor an absolute path nor a symbolic link, whose target is followed from where the link stands.
import { Refusal } from "./errno.ts";
import { Directory } from "./tree.ts";
import type { Node } from "./tree.ts";

const STEPS_MAX = 512;
const LINKS_MAX = 32;

export type Place = {
  readonly parent: Directory;
  /** Empty for the directory itself. */
  readonly name: string;
  readonly node: Node | null;
  /** The path ended in a slash: only a directory will do. */
  readonly mustBeDirectory: boolean;
};

export function resolve(root: Directory, path: string, follow: boolean): Place {
  if (path === "") throw new Refusal("noent");
  if (path.startsWith("/")) throw new Refusal("perm");
  const mustBeDirectory = /(?:^|\/)\.{0,2}$/.test(path);
  const rest = partsOf(path);
  const trail: Directory[] = [];
  let at = root;
  let [links, steps] = [0, 0];
  for (;;) {
    const name = rest.pop();
    if (name === undefined) return { parent: at, name: "", node: at, mustBeDirectory };
    steps += 1;
    if (steps > STEPS_MAX) throw new Refusal("nametoolong");
    if (name === "..") {
      const above = trail.pop();
      if (above === undefined) throw new Refusal("perm");
      at = above;
      continue;
    }
    const node = at.entries.get(name) ?? null;
    const isLast = rest.length === 0;
    if (node?.kind === "link" && (!isLast || follow || mustBeDirectory)) {
      links += 1;
      if (links > LINKS_MAX) throw new Refusal("loop");
      if (node.target.startsWith("/")) throw new Refusal("perm");
      rest.push(...partsOf(node.target));
      continue;
    }
    if (isLast) return { parent: at, name, node, mustBeDirectory };
    if (node === null) throw new Refusal("noent");
    if (!(node instanceof Directory)) throw new Refusal("notdir");
    trail.push(at);
    at = node;
  }
}

/** Last first, without those that lead nowhere. */
function partsOf(path: string): string[] {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .toReversed();
}

/** What is there. */
export function found({ node, mustBeDirectory }: Place): Node {
  if (node === null) throw new Refusal("noent");
  if (mustBeDirectory && node.kind === "file") throw new Refusal("notdir");
  return node;
}
