import type { CauseOfDeath } from "@lubdub/protocol";

/** How a connection's TCP side ended: with the peer's FIN or RST, by an error of the network, or cut by this process. */
export type TransportEnd = "peer" | "network" | "self";

/** The end of a socket, as its adapter saw it. */
export interface Ending {
  /** The close code; 1005 for a close frame without one, 1006 without a close frame (RFC 6455, section 7.1.5). */
  readonly code: number;
  /** Whether the closing handshake was begun on this side. */
  readonly closedHere: boolean;
  readonly transport: TransportEnd;
}

/** What the engine knew when the socket ended. */
export interface Circumstances {
  /** Decided before: by a verdict, or told by the application. */
  readonly decided: CauseOfDeath | undefined;
  /** The page was frozen, or had just woken. */
  readonly isFrozen: boolean;
  /** This process was stalled for longer than an answer may take since the last sign of life. */
  readonly wasStalled: boolean;
  /** Others in the same place ended after the same idle time. */
  readonly isIdleTimeout: boolean;
}

const NO_CLOSE_FRAME = 1006;
/** A client that leaves of its own will says one of these, or nothing. */
const GOODBYES: readonly number[] = [1000, 1001, 1005];

/** Why a connection ended, as far as the server can tell at once. */
export function causeOfDeath(ending: Ending, known: Circumstances): CauseOfDeath {
  const { code, closedHere, transport } = ending;
  if (known.decided !== undefined) return known.decided;
  if (known.isFrozen && (code === 1001 || code === NO_CLOSE_FRAME)) return "page_frozen";
  if (closedHere || transport === "self") return "closed_by_server";
  if (known.wasStalled && !GOODBYES.includes(code)) return "server_stalled";
  if (code !== NO_CLOSE_FRAME) return "closed_by_client";
  if (transport === "network") return "network_silent";
  return known.isIdleTimeout ? "idle_timeout_suspected" : "closed_by_client";
}
