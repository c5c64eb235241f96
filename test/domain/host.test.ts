import { describe, expect, test } from "vitest";
import { isHostEntry, isPrivateHost, networkOf, refusalOf } from "#domain/host.ts";

const may = (entry: string, url: string): boolean =>
  refusalOf({ type: "listed", hosts: [entry] }, new URL(url)) === null;

describe("a private host", () => {
  test.each([
    "10.0.0.1",
    "172.16.9.9",
    "192.168.1.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost",
    "localhost.",
    "router",
    "a.internal",
    "a.local.",
    "LOCALHOST",
  ])("is %s", (host) => {
    expect(isPrivateHost(new URL(`http://${host}/`).hostname)).toBe(true);
  });

  test.each(["example.com", "8.8.8.8", "[2606:4700::1111]", "internal.example.com"])(
    "is not %s",
    (host) => {
      expect(isPrivateHost(new URL(`http://${host}/`).hostname)).toBe(false);
    },
  );
});

test.each([
  ["example.com", "https://example.com/a", true],
  ["example.com", "http://example.com/a", true],
  ["example.com", "https://example.com:8443/", false],
  ["example.com", "https://evil-example.com/", false],
  ["example.com", "https://example.com.evil.org/", false],
  ["example.com", "https://example.com@evil.org/", false],
  ["http://example.com", "https://example.com/", false],
  ["*.example.com", "https://a.b.example.com/", true],
  ["*.example.com", "https://example.com/", false],
  ["*.example.com", "https://notexample.com/", false],
  ["*.example.com:8443", "https://a.example.com:8443/", true],
  ["*.localhost", "http://a.localhost/", false],
  ["127.0.0.1:80", "http://127.0.0.1/", true],
])("the entry %s and %s: %s", (entry, url, allowed) => {
  expect(may(entry, url)).toBe(allowed);
});

test("nothing but HTTP passes", () => {
  expect(refusalOf({ type: "public", hosts: [] }, new URL("ftp://example.com/"))).not.toBeNull();
});

test("no network access is no network", () => {
  expect(networkOf({ networkAccess: "Disabled", allowedHosts: ["example.com"] })).toBeNull();
});

test.each(["*", "https://a.com/x", "a b", "*.a.com/x", "ftp://a.com", "http://u@a.com", ""])(
  "%j is no entry",
  (entry) => {
    expect(isHostEntry(entry)).toBe(false);
  },
);
