/** `Date.now()` is corrected by NTP, the monotonic clock has the fraction; further apart than this they are joined anew. */
const MOST_APART_MS = 2;

/** Milliseconds since the epoch with their fraction, for clock exchanges. */
export class WallClock {
  #offset = Date.now() - performance.now();

  now(): number {
    const fine = performance.now() + this.#offset;
    const coarse = Date.now();
    if (Math.abs(fine - coarse) <= MOST_APART_MS) return fine;
    this.#offset += coarse - fine;
    return coarse;
  }
}
