import type { ConnectionRow } from "../connection-row.ts";
import { type ConnectionQuery, type SortColumn, writeCursor } from "./connection-query.ts";

export interface ConnectionPage {
  readonly connections: readonly ConnectionRow[];
  /** How many match, on all pages together. */
  readonly total: number;
  /** Leads to the next page; null at the end. */
  readonly next: string | null;
}

type Value = string | number | null;

interface Place {
  readonly value: Value;
  readonly connection: number;
}

/** What has no value yet comes last in either direction; equals are kept apart by the connection's number. */
function compare(a: Place, b: Place, direction: 1 | -1): number {
  if (a.value !== b.value) {
    if (a.value === null) return 1;
    if (b.value === null) return -1;
    return (a.value < b.value ? -1 : 1) * direction;
  }
  return (a.connection - b.connection) * direction;
}

/**
 * One page of the connections. Pages are cut by the last row's value, not by its position, so that connections which
 * come and go between two requests neither repeat nor hide others.
 */
export function pageOf(rows: readonly ConnectionRow[], query: ConnectionQuery): ConnectionPage {
  const column = query.sort.replace(/^-/, "") as SortColumn;
  const direction = query.sort.startsWith("-") ? -1 : 1;
  const placed = rows
    .filter(
      (row) =>
        (query.health === undefined || row.health === query.health) &&
        (query.room === undefined || row.room === query.room) &&
        (query.state === undefined || row.state === query.state),
    )
    .map((row) => ({ row, connection: row.connection, value: row[column] ?? null }))
    .sort((a, b) => compare(a, b, direction));
  const { cursor } = query;
  const rest =
    cursor === undefined ? placed : placed.filter((place) => compare(place, cursor, direction) > 0);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    connections: page.map(({ row }) => row),
    total: placed.length,
    next:
      last === undefined || rest.length <= query.limit
        ? null
        : writeCursor({ sort: query.sort, value: last.value, connection: last.connection }),
  };
}
