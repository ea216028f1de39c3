import type { Health, LatencyStatistics, Quality } from "@lubdub/protocol";
import type { HeartbeatRecord } from "./beat-ledger.ts";
import type { ChatRecord } from "./chat-ledger.ts";
import type { ConnectionState } from "./connection-state.ts";

/**
 * All that is known of a connection, at one moment. Immutable: a new object for each change, the same one in between.
 * Nothing in it changes with time alone; ages are for whoever shows them. Moments on the monotonic clock, in ms.
 */
export interface ConnectionSnapshot {
  readonly state: ConnectionState;
  readonly health: Health;
  readonly quality: Quality;
  /** Whether the server speaks lubdub.v1, so that clocks and round trips are measured. */
  readonly measuring: boolean;
  /** The session's id: a secret. Undefined before a server gave one. */
  readonly session: string | undefined;
  /** What others see of the session. */
  readonly from: string | undefined;
  readonly room: string;
  readonly intervalMs: number;
  /** A beat may come this long after its interval and still be on time. */
  readonly graceMs: number;
  /** The last heartbeats, oldest first. */
  readonly heartbeats: readonly HeartbeatRecord[];
  readonly totalHeartbeats: number;
  /** Beats that were due and never came. */
  readonly missed: number;
  readonly duplicates: number;
  readonly lastHeartbeatAt: Date | null;
  /** When the last frame of any kind arrived. */
  readonly lastFrameAt: number | undefined;
  /** Mean latency of the heartbeats kept, in ms. */
  readonly averageLatency: number | undefined;
  readonly statistics: LatencyStatistics | undefined;
  readonly rttMs: number | undefined;
  /** What to add to our clock to get the server's, in ms. */
  readonly clockOffsetMs: number | undefined;
  readonly clockErrorMs: number | undefined;
  /** The room's messages, oldest first; those on their way are last. */
  readonly messages: readonly ChatRecord[];
  /** Own messages on their way. */
  readonly queued: number;
  readonly reconnects: number;
  /** The last thing that went wrong, in a sentence; undefined while all is well. */
  readonly problem: string | undefined;
}

/** What happens to a connection. */
export interface ConnectionEvents {
  beat: HeartbeatRecord;
  message: ChatRecord;
  status: { readonly health: Health; readonly previous: Health };
  /** Beats are missing just before the last one. */
  gap: { readonly skipped: number };
  open: { readonly measuring: boolean; readonly resumed: boolean };
  /** An open connection was lost, or the connection ended for good. Attempts that fail say nothing. */
  closed: { readonly code: number; readonly reason: string; readonly willReconnect: boolean };
  /** Something was refused or could not be read. */
  error: { readonly code: string; readonly message: string };
  /** Back after a loss: for how long it was away, what was replayed, and whether anything is missing. */
  resumed: { readonly awayMs: number; readonly replayed: number; readonly gap: boolean };
}
