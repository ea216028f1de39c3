/** A timer is late by a few ms at any time; only more than this counts as a stall, in ms. */
const USUAL_LATENESS_MS = 10;
/** A stall longer than this spoils a round trip measured across it, in ms. */
export const LONG_STALL_MS = 50;
const KEPT = 16;

/**
 * How long this process was stalled, in all, so that nobody else is blamed for it. Note the total when a wait begins;
 * what it has grown by when the wait ends is ours.
 */
export class StallLedger {
  #totalMs = 0;
  /** The last long stalls, oldest first. */
  #long: { readonly ms: number; readonly noticedAt: number }[] = [];

  /** This process was late by this much, in ms, and noticed it at `now`. */
  note(latenessMs: number, now: number): void {
    if (latenessMs > USUAL_LATENESS_MS) this.#totalMs += latenessMs;
    if (latenessMs > LONG_STALL_MS)
      this.#long = [...this.#long, { ms: latenessMs, noticedAt: now }].slice(-KEPT);
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  /** The longest stall that was noticed at or after this moment, in ms; 0 when none was above 50 ms. */
  longestSince(at: number): number {
    return this.#long.reduce((most, { ms, noticedAt }) => (noticedAt >= at ? Math.max(most, ms) : most), 0);
  }
}
