// Before the tests, in Node: a small registry that also misbehaves, and Debian's docker-registry where it is installed.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import wabt from "wabt";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    registry: { host: string; manifestDigest: string };
    dockerRegistry: string | null;
  }
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const CREDENTIALS = `Basic ${Buffer.from("robot:secret").toString("base64")}`;
const START_MS = 10_000;

const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export default async function setup(project: TestProject): Promise<() => void> {
  const wasm = await soundModule();
  const good = manifestOf(wasm, "application/wasm");
  const server = createServer((request, response) => answer(request, response, wasm));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  project.provide("registry", { host: `127.0.0.1:${port}`, manifestDigest: digestOf(good) });
  const docker = await startDockerRegistry(wasm);
  project.provide("dockerRegistry", docker?.host ?? null);
  return () => {
    server.close();
    docker?.stop();
  };
}

async function soundModule(): Promise<Uint8Array> {
  const assembler = await wabt();
  const source = readFileSync(new URL("fixtures/sound.wat", import.meta.url), "utf8");
  return assembler.parseWat("sound.wat", source).toBinary({}).buffer;
}

function manifestOf(bytes: Uint8Array, mediaType: string): string {
  const config = {
    mediaType: "application/vnd.wasm.config.v0+json",
    digest: digestOf("{}"),
    size: 2,
  };
  const layers = [{ mediaType, digest: digestOf(bytes), size: bytes.length }];
  return JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers });
}

function indexOf(digest: string, os: string, architecture: string): string {
  const manifests = [{ mediaType: MANIFEST, digest, size: 1, platform: { os, architecture } }];
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
}

/** What a repository's first part says is how it behaves. */
function answer(request: IncomingMessage, response: ServerResponse, wasm: Uint8Array): void {
  const host = request.headers.host ?? "";
  const path = request.url ?? "";
  const authorization = request.headers.authorization ?? "";
  const send = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}) =>
    void response.writeHead(status, headers).end(body);
  if (path.startsWith("/token")) {
    const isKnown = authorization === CREDENTIALS || path.includes("anonymous%2F");
    return send(isKnown ? 200 : 401, isKnown ? '{"token":"good"}' : "{}");
  }
  if (path.startsWith("/cdn/")) return send(authorization === "" ? 200 : 400, wasm);
  const [, kind = "", , what = ""] = /^\/v2\/(\w+)\/([\w-]+)\/(.+)$/.exec(path) ?? [];
  const needsToken = kind === "private" || kind === "anonymous";
  if (needsToken && authorization !== "Bearer good") {
    const challenge = `Bearer realm="http://${host}/token",service="test",scope="repository:x:pull"`;
    return send(401, "{}", { "WWW-Authenticate": challenge });
  }
  const good = manifestOf(wasm, "application/wasm");
  if (what.startsWith("blobs/")) {
    if (kind === "inward") return send(307, "", { Location: `http://localhost:1/secret` });
    if (kind === "loop") return send(307, "", { Location: path });
    if (kind === "forged") return send(200, new Uint8Array(wasm.length));
    if (kind === "long") return send(200, Buffer.concat([wasm, wasm]));
    return send(200, wasm);
  }
  const isNested = what === `manifests/${digestOf(good)}`;
  if (kind === "container")
    return send(200, manifestOf(wasm, "application/vnd.oci.image.layer.v1.tar+gzip"));
  if (kind === "index" && !isNested) return send(200, indexOf(digestOf(good), "wasi", "wasm"));
  if (kind === "linux") return send(200, indexOf(digestOf(good), "linux", "amd64"));
  if (kind === "none") return send(404, "{}");
  return send(200, good);
}

async function startDockerRegistry(
  wasm: Uint8Array,
): Promise<{ host: string; stop: () => void } | null> {
  if (spawnSync("docker-registry", ["--version"]).status !== 0) {
    console.log("skipped: tests against a real registry (apt-get install -y docker-registry)");
    return null;
  }
  const directory = mkdtempSync(join(tmpdir(), "edgeloom-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${directory}/data}}\nhttp: {addr: "${host}"}\n`;
  writeFileSync(join(directory, "config.yml"), config);
  const serve = ["serve", join(directory, "config.yml")];
  const child: ChildProcess = spawn("docker-registry", serve, { stdio: "ignore" });
  const stop = (): void => {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  const until = Date.now() + START_MS;
  while (
    !(await fetch(`http://${host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > until) {
      stop();
      throw new Error("docker-registry did not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const repository = `http://${host}/v2/acme/real-app`;
  for (const blob of [Buffer.from("{}"), Buffer.from(wasm)]) {
    const begun = await fetch(`${repository}/blobs/uploads/`, { method: "POST" });
    const at = new URL(begun.headers.get("Location") ?? "", repository);
    at.searchParams.set("digest", digestOf(blob));
    const headers = { "Content-Type": "application/octet-stream" };
    await fetch(at, { method: "PUT", headers, body: blob });
  }
  const put = await fetch(`${repository}/manifests/1.4.0`, {
    method: "PUT",
    headers: { "Content-Type": MANIFEST },
    body: manifestOf(wasm, "application/wasm"),
  });
  if (!put.ok) throw new Error(`docker-registry took no manifest: ${await put.text()}`);
  return { host, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
