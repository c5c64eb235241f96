// A component that keeps letters by wasi:blobstore, in R2: what is put, read, listed, moved and removed through its link,
// and that no other link leads there.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { BLOB_BYTES_MAX } from "#domain/blobstore.ts";
import { component, link, manifest, provider, server } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { becomes, openHttp, visit } from "#test/builders/wadm.ts";
import { postbox } from "#test/examples/bytes.ts";

const BLOBSTORE = "wasi:blobstore/blobstore";

describe("a component with a link to a blobstore", () => {
  let lattice: string;
  beforeAll(async () => {
    const { ask, ...open } = await openHttp();
    ({ lattice } = open);
    const { region } = await place(1);
    const image = await module(postbox);
    const of = { image, region };
    const linked = [link("store", BLOBSTORE)];
    const box = component("box", { ...of, links: linked });
    const other = component("other", { ...of, links: linked });
    const bare = component("bare", of);
    const store = provider("store", "blobstore");
    const servers = ["box", "other", "bare"].map((name, at) => ({
      ...server(name, 8000 + at),
      name: `${name}-server`,
    }));
    await ask("put", null, manifest([box, other, bare, store, ...servers]));
    await ask("deploy", "app");
    await becomes(ask, "app", "deployed");
  });

  async function send(
    method: string,
    path: string,
    { body = null, port = 8000 }: { body?: BodyInit | null; port?: number } = {},
  ): Promise<[status: number, text: string]> {
    const response = await visit(`${lattice}:${port}`, path, { method, body });
    return [response.status, await response.text()];
  }
  const put = (name: string, body: BodyInit, port?: number) =>
    send("PUT", name, { body, ...(port === undefined ? {} : { port }) });

  test("reads what it has written, whole and in part", async () => {
    expect(await put("hello", "Hello, letters!")).toEqual([200, "Done."]);
    expect(await send("GET", "hello")).toEqual([200, "Hello, letters!"]);
    expect(await send("GET", "hello?7-13")).toEqual([200, "letters"]);
    expect(await send("GET", "hello?7-99")).toEqual([200, "letters!"]);
    expect(await send("GET", "hello?99-100")).toEqual([200, ""]);
    expect(await put("hello", "Anew.")).toEqual([200, "Done."]);
    expect(await send("GET", "hello")).toEqual([200, "Anew."]);
    expect(await put("empty", "")).toEqual([200, "Done."]);
    expect(await send("GET", "empty")).toEqual([200, ""]);
    expect(await send("GET", "empty?0-5")).toEqual([200, ""]);
  });

  test("is told what is not there", async () => {
    const told = "There is no object nothing in the container letters.";
    expect(await send("GET", "nothing")).toEqual([404, told]);
    expect(await send("MOVE", "nothing?hello")).toEqual([400, told]);
    expect(await send("DELETE", "nothing")).toEqual([200, "Done."]);
  });

  test("lists, copies and moves in the order of names, over pages", async () => {
    await send("DELETE", "");
    for (const name of ["d", "b", "a/b", "e", "c"]) await put(name, `of ${name}`);
    expect(await send("GET", "")).toEqual([200, "a/b\nb\nc\nd\ne\n"]);
    expect(await send("COPY", "b?z")).toEqual([200, "Done."]);
    expect(await send("MOVE", "c?y")).toEqual([200, "Done."]);
    expect(await send("MOVE", "d?d")).toEqual([200, "Done."]);
    expect(await send("GET", "")).toEqual([200, "a/b\nb\nd\ne\ny\nz\n"]);
    expect(await send("GET", "z")).toEqual([200, "of b"]);
    expect(await send("GET", "y")).toEqual([200, "of c"]);
    await send("DELETE", "e");
    expect(await send("GET", "")).toEqual([200, "a/b\nb\nd\ny\nz\n"]);
    await send("DELETE", "");
    expect(await send("GET", "")).toEqual([200, ""]);
  });

  test("keeps what its own link leads to apart from another's", async () => {
    await put("mine", "of the box");
    await put("mine", "of the other", 8001);
    expect(await send("GET", "mine")).toEqual([200, "of the box"]);
    expect(await send("GET", "mine", { port: 8001 })).toEqual([200, "of the other"]);
    const { objects } = await env.BLOBS.list({ prefix: `${lattice}/app-box/` });
    expect(objects.map(({ key }) => key)).toEqual([
      `${lattice}/app-box/app-store/default/letters/`,
      `${lattice}/app-box/app-store/default/letters/mine`,
    ]);
  });

  test("is told so without a link", async () => {
    const told = "No link leads to a blobstore.";
    expect(await send("GET", "mine", { port: 8002 })).toEqual([503, told]);
  });

  test("keeps a large object whole, and none that is too large", { timeout: 90_000 }, async () => {
    const bytes = new Uint8Array(BLOB_BYTES_MAX).fill(65);
    expect(await put("large", bytes)).toEqual([200, "Done."]);
    const [status, text] = await send("GET", "large");
    expect([status, text.length]).toEqual([200, bytes.length]);
    expect(await put("larger", new Uint8Array(BLOB_BYTES_MAX + 1))).toEqual([
      400,
      "It is too long.",
    ]);
    expect((await send("GET", "larger"))[0]).toBe(404);
  });

  test("is refused a name that is no key", async () => {
    expect(await put("n".repeat(1_024), "x")).toEqual([
      400,
      expect.stringContaining("have at most 1024 bytes together"),
    ]);
    expect(await put("", "x")).toEqual([400, "An object's name has 1 character or more."]);
  });
});
