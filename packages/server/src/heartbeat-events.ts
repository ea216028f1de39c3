import type { CauseOfDeath } from "@lubdub/protocol";
import type { HeartbeatConnection } from "./heartbeat-connection.ts";

/** What the engine tells. Moments on the monotonic clock, durations in ms. */
export interface HeartbeatEvents {
  /** A round of beats begins; `ts` in ms since the epoch. */
  beat: { readonly beat: number; readonly ts: number; readonly connections: number };
  /** A beat had no sign of life in time. */
  missed: { readonly connection: HeartbeatConnection };
  /** The connection is asked once more. */
  suspect: { readonly connection: HeartbeatConnection };
  /** A suspect showed a sign of life. */
  recovered: { readonly connection: HeartbeatConnection };
  /** The connection is dead and was terminated; `detectionMs` counts from its last byte. */
  verdict: { readonly connection: HeartbeatConnection; readonly detectionMs: number };
  /** The connection could not keep up and is being closed with 4008. */
  slow: { readonly connection: HeartbeatConnection; readonly bufferedBytes: number };
  /** The page behind the connection is paused or stopped now, or no longer: its snapshot says which. */
  paused: { readonly connection: HeartbeatConnection };
  /** The connection has ended. */
  closed: {
    readonly connection: HeartbeatConnection;
    readonly cause: CauseOfDeath;
    /** The close code as the library tells it: 1006 without a close frame. */
    readonly code: number;
    readonly lastedMs: number;
    /** How long nothing had gone either way; undefined when that was not seen. */
    readonly idleMs: number | undefined;
    /** The idle timeout that this end confirms, when the cause is `idle_timeout_suspected`. */
    readonly idleTimeoutMs: number | undefined;
  };
}
