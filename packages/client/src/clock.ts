/** Where a connection reads time, in ms. */
export interface ClientClock {
  /** Never jumps; all durations and ages come from it. */
  monotonicMs(): number;
  /** Since the epoch; for display, and for noticing sleep. */
  wallMs(): number;
}

export const systemClock: ClientClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** The clock that `receivedAt`, `retryAt`, `lastFrameAt` and all other moments of a connection are on, in ms. */
export function monotonicMs(): number {
  return systemClock.monotonicMs();
}
