import { isRoomName } from "@lubdub/protocol";
import { z } from "zod";
import type { ConnectionRow } from "../connection-row.ts";
import { oneOf, wholeNumber } from "../setting-schema.ts";

/** Every column can be sorted by: a new one in the row has to be named here too. */
const SORTABLE = {
  connection: true,
  from: true,
  room: true,
  address: true,
  protocol: true,
  openedAt: true,
  closedAt: true,
  state: true,
  health: true,
  cause: true,
  code: true,
  idleTimeoutMs: true,
  intervalMs: true,
  rttMs: true,
  networkMs: true,
  pageMs: true,
  serverMs: true,
  missed: true,
  beatsSent: true,
  beatsAnswered: true,
  lastAnswerAgoMs: true,
  bufferedBytes: true,
} as const satisfies Record<keyof ConnectionRow, true>;

export type SortColumn = keyof typeof SORTABLE;

const COLUMNS = Object.keys(SORTABLE) as SortColumn[];

/** The last row of the page before: its value in the sort column, and its number. */
interface Cursor {
  readonly sort: string;
  readonly value: string | number | null;
  readonly connection: number;
}

const cursorContent = z.tuple([z.string(), z.union([z.string(), z.number(), z.null()]), z.number()]);

function readCursor(text: string): Cursor | undefined {
  try {
    const content: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    const { data } = cursorContent.safeParse(content);
    return data && { sort: data[0], value: data[1], connection: data[2] };
  } catch {
    return undefined;
  }
}

export function writeCursor({ sort, value, connection }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, value, connection])).toString("base64url");
}

const cursor = z.string().transform((text, context): Cursor => {
  const read = readCursor(text);
  if (read !== undefined) return read;
  context.issues.push({ code: "custom", message: "must be a cursor from an earlier answer", input: text });
  return z.NEVER;
});

const room = z.string().refine(isRoomName, { error: "must be 1 to 64 of A-Z a-z 0-9 . _ -" });

const query = z
  .strictObject({
    health: oneOf(["waiting", "connected", "warning", "error", "paused"]).optional(),
    room: room.optional(),
    state: oneOf(["open", "draining", "closed"]).optional(),
    sort: oneOf(COLUMNS.flatMap((column) => [column, `-${column}` as const])).prefault("connection"),
    limit: wholeNumber(1, 1_000).prefault("100"),
    cursor: cursor.optional(),
  })
  .refine(({ cursor, sort }) => cursor === undefined || cursor.sort === sort, {
    path: ["cursor"],
    error: "must be from an answer with the same sort",
  });

export type ConnectionQuery = z.output<typeof query>;

export type QueryResult =
  | { readonly ok: true; readonly query: ConnectionQuery }
  | { readonly ok: false; readonly problem: string };

/** Reads the query of `/api/connections`; a refusal names each parameter, the rule and what was given. */
export function readConnectionQuery(parameters: Readonly<Record<string, string>>): QueryResult {
  const outcome = query.safeParse(parameters);
  if (outcome.success) return { ok: true, query: outcome.data };
  const known = Object.keys(query.shape).join(", ");
  const problems = outcome.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `?${key} is not known (${known})`);
    const name = String(issue.path[0]);
    return [`?${name} ${issue.message}, got ${JSON.stringify(parameters[name] ?? "")}`];
  });
  return { ok: false, problem: problems.join("; ") };
}
