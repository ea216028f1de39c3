/** A heartbeat as it was read, from any of the encodings. */
export interface Heartbeat {
  readonly type: "heartbeat";
  /** The server's second, in ms since the epoch. Undefined when it could not be read: the beat still is life. */
  readonly ts: number | undefined;
  /** The number of the wheel's tick, the same for all connections of a process. Absent in the plain protocol. */
  readonly beat?: number;
  /** The next beat is promised within this time, in ms. */
  readonly intervalMs?: number;
  /** How long after its second the beat left, in ms; present only when that was over 20 ms. */
  readonly lateMs?: number;
}

/** A heartbeat as a server of `lubdub.v1` writes it. `ts` in ms since the epoch, durations in ms. */
export interface NumberedHeartbeat {
  readonly ts: number;
  readonly beat: number;
  readonly intervalMs: number;
  readonly lateMs?: number;
}
