import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestDocument } from "#guest/http/message.ts";

const NAMES = ["accept", "X-Many", "x-many", "cookie", "__proto__", "host"];
const url = fc.tuple(fc.webUrl({ withQueryParameters: true })).map(([text]) => new URL(text).href);
const headers = fc.array(
  fc.tuple(fc.constantFrom(...NAMES), fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/)),
);

describe("a request as a document", () => {
  it("says of URL and headers what the platform's own objects say", () => {
    fc.assert(
      fc.property(url, headers, (url, headers) => {
        const { pathname, search } = new URL(url);
        const told: unknown = JSON.parse(
          requestDocument({ method: "GET", url, headers, body: null }, null),
        );
        expect(told).toEqual({
          method: "GET",
          url,
          path: pathname,
          query: search.slice(1),
          headers: JSON.parse(JSON.stringify(Object.fromEntries(new Headers(headers)))),
        });
      }),
    );
  });
});
