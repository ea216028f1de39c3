import { describe, expect, it } from "vitest";
import { row } from "../../test/fake-gateway.ts";
import { pageOf } from "./connection-page.ts";
import { type ConnectionQuery, readConnectionQuery } from "./connection-query.ts";

function queryOf(parameters: Record<string, string>): ConnectionQuery {
  const result = readConnectionQuery(parameters);
  if (!result.ok) throw new Error(result.problem);
  return result.query;
}

const rows = [
  row(1, { rttMs: 40, room: "a" }),
  row(2, { rttMs: null, health: "warning" }),
  row(3, { rttMs: 10, room: "a", state: "draining" }),
  row(4, { rttMs: 40 }),
  row(5, { rttMs: null }),
];

/** All pages after another, as connection numbers. */
function walk(parameters: Record<string, string>): number[][] {
  const pages: number[][] = [];
  let cursor: string | null = null;
  do {
    const page = pageOf(rows, queryOf({ ...parameters, ...(cursor === null ? {} : { cursor }) }));
    pages.push(page.connections.map(({ connection }) => connection));
    cursor = page.next;
  } while (cursor !== null);
  return pages;
}

describe("a page of connections", () => {
  it.each<[string, Record<string, string>, number[][]]>([
    ["in the order of their numbers", { limit: "2" }, [[1, 2], [3, 4], [5]]],
    [
      "backwards",
      { sort: "-connection", limit: "3" },
      [
        [5, 4, 3],
        [2, 1],
      ],
    ],
    ["by a column with equals, unknown values last", { sort: "rttMs", limit: "2" }, [[3, 1], [4, 2], [5]]],
    [
      "by a column backwards, unknown values still last",
      { sort: "-rttMs", limit: "2" },
      [[4, 1], [3, 5], [2]],
    ],
    ["of one room", { room: "a" }, [[1, 3]]],
    ["of one health", { health: "warning" }, [[2]]],
    ["of one state", { state: "draining" }, [[3]]],
    ["of nobody", { room: "b" }, [[]]],
  ])("%s", (_what, parameters, pages) => expect(walk(parameters)).toEqual(pages));

  it("is refused with the cursor of another order", () => {
    const { next } = pageOf(rows, queryOf({ limit: "1" }));
    expect(readConnectionQuery({ sort: "rttMs", cursor: next ?? "" })).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^\?cursor must be from an answer with the same sort/),
    });
  });
});
