// A version in one configuration of a workload's. Rollouts, routes and nodes tell what they hold apart by version; where
// another configuration of the same version is rolled out, the id of what comes names its revision too:
// `web-v1.2.0~9f2c01d4e5b6a798`. It lasts until the workload's instances stand for it.

/** No id of a version has one. */
const MARK = "~";

export function variantOf(moduleId: string, revision: string): string {
  return `${moduleId}${MARK}${revision}`;
}

/** The version that an id is of, be it a variant's or the version's own. */
export function versionOf(id: string): string {
  const at = id.indexOf(MARK);
  return at === -1 ? id : id.slice(0, at);
}
