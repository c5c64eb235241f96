// What an app asks of the place where a replica stands: an answer to a probe, and a fresh start.
import type { App, Container } from "#domain/app/app.ts";
import type { Probed } from "#domain/health/probe.ts";
import { runnerOf } from "#stores/objects.ts";
import { probe } from "#objects/probe.ts";

export async function probed(env: Env, at: Container, { name, spec }: App): Promise<Probed> {
  const { path, port, timeoutMs } = spec.health;
  const { id: instance, node, version: moduleId } = at;
  if (node === null) return { type: "failed", error: "It has no node.", responseMs: null };
  const url = `http://${name}:${port}${path}`;
  return probe(env, { node, moduleId, instance }, { url, timeoutMs });
}

/** The version's guest is taken anew from its artifact, in an isolate that nobody called before. */
export async function renew(env: Env, { node, version }: Container): Promise<void> {
  if (node === null) return;
  await runnerOf(env, node)
    .renew(version)
    .catch((cause: unknown) => console.warn("not restarted", node, version, cause));
}
