import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { CloseCode } from "@lubdub/protocol";

/** Why an upgrade is not accepted. */
export interface Refusal {
  readonly kind: "origin" | "query" | "full" | "draining";
  readonly sentence: string;
  /** When to come back, in seconds. */
  readonly retryAfterSeconds?: number;
}

/** The HTTP status of a refused upgrade. */
const STATUS = { origin: 403, query: 400, full: 503, draining: 503 } as const;

/** The close code for a client that offered `lubdub.v1`: a browser cannot see the status of a refused upgrade. */
export const REFUSAL_CODE = {
  origin: CloseCode.policy,
  query: CloseCode.policy,
  full: CloseCode.full,
  draining: CloseCode.restarting,
} as const;

/** Answers an upgrade over plain HTTP, with the sentence as JSON, and ends the connection. */
export function refuseOverHttp(socket: Duplex, refusal: Refusal): void {
  const status = STATUS[refusal.kind];
  const body = JSON.stringify({ error: refusal.sentence });
  const retry =
    refusal.retryAfterSeconds === undefined ? "" : `Retry-After: ${refusal.retryAfterSeconds}\r\n`;
  // A peer that keeps its own end open would hold the socket for good.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n${retry}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
