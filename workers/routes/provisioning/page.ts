// Pages of this dialect: `limit` and `offset` in, the totals and the neighbours in the headers of the answer.
import { z } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import type { Context } from "#http/context.ts";

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  offset: z.coerce.number().int().min(0).default(0),
};

/** A page of what is short enough to have been read as a whole. */
export function pageOf<Item>(c: HonoContext<Context>, page: Page, all: readonly Item[]): Item[] {
  tellPage(c, page, all.length);
  return all.slice(page.offset, page.offset + page.limit);
}

type Page = { readonly limit: number; readonly offset: number };

export function tellPage(c: HonoContext<Context>, { limit, offset }: Page, total: number): void {
  c.header("X-Total-Count", String(total));
  c.header("X-Limit", String(limit));
  c.header("X-Offset", String(offset));
  const last = total === 0 ? 0 : Math.floor((total - 1) / limit) * limit;
  const links = [
    ...(offset + limit < total ? [["next", offset + limit] as const] : []),
    ...(offset > 0 ? [["prev", Math.max(0, offset - limit)] as const] : []),
    ["first", 0] as const,
    ["last", last] as const,
  ];
  c.header("Link", links.map(([rel, at]) => `<${pathAt(c, at, limit)}>; rel="${rel}"`).join(", "));
}

function pathAt(c: HonoContext<Context>, offset: number, limit: number): string {
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.delete("offset");
  searchParams.delete("limit");
  const kept = searchParams.size === 0 ? "" : `&${searchParams.toString()}`;
  return `${pathname}?offset=${offset}&limit=${limit}${kept}`;
}
