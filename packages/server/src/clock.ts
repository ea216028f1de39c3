/** Where the engine reads time. Both in ms; durations come from the monotonic one, `ts` from the wall. */
export interface Clock {
  monotonicMs(): number;
  /** Milliseconds since the epoch, cut to whole ones. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
