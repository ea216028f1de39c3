/** A timer is late by a few ms at any time; only more than this counts as a stall, in ms. */
const USUAL_LATENESS_MS = 10;

/**
 * How long this process was stalled, in all, so that nobody else is blamed for it. Note the total when a wait begins;
 * what it has grown by when the wait ends is ours.
 */
export class StallLedger {
  #totalMs = 0;

  /** A timer ran this late, in ms. */
  note(latenessMs: number): void {
    if (latenessMs > USUAL_LATENESS_MS) this.#totalMs += latenessMs;
  }

  get totalMs(): number {
    return this.#totalMs;
  }
}
