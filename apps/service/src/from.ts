import { createHash } from "node:crypto";

/** What others see of a session: 12 characters that are the same on every node and don't give the session's id away. */
export function fromOfSession(session: string): string {
  return createHash("sha256").update(`lubdub${session}`).digest("base64url").slice(0, 12);
}
