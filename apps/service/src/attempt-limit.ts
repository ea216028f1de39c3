const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
const MAX_GROUPS = 10_000;

/** Counts failed attempts of each client within a minute, for at most 10,000 clients. */
export class AttemptLimit {
  readonly #failures = new Map<string, number>();
  #windowEndsAt = 0;

  /** Whether this client failed ten times within the running minute. `now` is monotonic, in milliseconds. */
  isExhausted(client: string, now: number): boolean {
    this.#turnWindow(now);
    return (this.#failures.get(client) ?? 0) >= MAX_FAILURES;
  }

  failed(client: string, now: number): void {
    this.#turnWindow(now);
    if (this.#failures.size >= MAX_GROUPS && !this.#failures.has(client)) this.#failures.clear();
    this.#failures.set(client, (this.#failures.get(client) ?? 0) + 1);
  }

  /** Milliseconds until the counts start over. */
  waitMs(now: number): number {
    return Math.max(0, this.#windowEndsAt - now);
  }

  #turnWindow(now: number): void {
    if (now < this.#windowEndsAt) return;
    this.#failures.clear();
    this.#windowEndsAt = now + WINDOW_MS;
  }
}
