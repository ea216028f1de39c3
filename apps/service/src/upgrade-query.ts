import { DEFAULT_ROOM, isRoomName, isSessionId, LIMITS } from "@lubdub/protocol";

/** What the query of `/ws` asks for. */
export interface UpgradeQuery {
  readonly session: string | undefined;
  readonly room: string;
  readonly since: string | undefined;
  readonly standby: boolean;
}

export type UpgradeQueryResult =
  | { readonly ok: true; readonly query: UpgradeQuery }
  | { readonly ok: false; readonly problem: string };

const KNOWN = ["session", "room", "since", "standby"];
const OFFSET = /^[A-Za-z0-9]+-[A-Za-z0-9]+$/;

/** What a refusal may show of a value: never a session's id, which is a secret. */
function shown(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}…` : value);
}

function problemOf(parameters: URLSearchParams, speaksV1: boolean): string | undefined {
  for (const name of new Set(parameters.keys())) {
    if (KNOWN.includes(name) && parameters.getAll(name).length > 1) return `"${name}" must be given once`;
  }
  const { session, room, since, standby } = Object.fromEntries(parameters);
  if (session !== undefined && !isSessionId(session)) {
    return `"session" must be a UUID, got ${session.length} characters that are none`;
  }
  if (room !== undefined && !isRoomName(room)) {
    return `"room" must be 1 to 64 of A-Z a-z 0-9 . _ -, got ${shown(room)}`;
  }
  if (since !== undefined && !(OFFSET.test(since) && since.length <= LIMITS.maxOffsetLength)) {
    return `"since" must be the offset of a chat message, got ${shown(since)}`;
  }
  if (standby !== undefined && standby !== "1") return `"standby" must be 1, got ${shown(standby)}`;
  if (standby !== undefined && !speaksV1) return `"standby" needs the subprotocol lubdub.v1`;
  return undefined;
}

/** Reads the query of an upgrade; parameters it does not know are left alone. A refusal is one sentence that names the parameter. */
export function readUpgradeQuery(parameters: URLSearchParams, speaksV1: boolean): UpgradeQueryResult {
  const problem = problemOf(parameters, speaksV1);
  if (problem !== undefined) return { ok: false, problem };
  return {
    ok: true,
    query: {
      session: parameters.get("session") ?? undefined,
      room: parameters.get("room") ?? DEFAULT_ROOM,
      since: parameters.get("since") ?? undefined,
      standby: parameters.get("standby") === "1",
    },
  };
}
