const ROOM = /^[A-Za-z0-9._-]{1,64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The room of a connection that names none. */
export const DEFAULT_ROOM = "lobby";

/** 1 to 64 of `A-Za-z0-9._-`. */
export function isRoomName(name: string): boolean {
  return ROOM.test(name);
}

/** A UUID in its 36 characters (RFC 9562); any version. */
export function isSessionId(id: string): boolean {
  return UUID.test(id);
}
