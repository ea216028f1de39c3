import type { PageState } from "@lubdub/protocol";

/** Answered pings in a row without the page's own ack after which the page counts as stopped. */
const SILENT_AFTER = 3;
/** A close this soon after a frozen page woke is the browser's own doing, in ms. */
const WAKING_MS = 2_000;

/** What is known of the page behind a measuring connection: what it says of itself, and whether it still acks. */
export class PageWatch {
  #state: PageState | undefined;
  #changedAt = 0;
  #wasFrozen = false;
  /** Answers to pings since the last ack; undefined before the first ack: such a client may never send any. */
  #unacked: number | undefined;

  /** The page told its state. */
  told(state: PageState, now: number): void {
    this.#wasFrozen = state === "frozen" || (state === "resumed" && this.#wasFrozen);
    this.#state = state;
    this.#changedAt = now;
  }

  /** The page acked a beat: its script runs. */
  acked(): void {
    this.#unacked = 0;
  }

  /** A ping was answered, which needs no script. */
  pinged(): void {
    if (this.#unacked !== undefined) this.#unacked += 1;
  }

  get state(): PageState | undefined {
    return this.#state;
  }

  /** The page's script does not run: it said so, or its stack answers pings while it acks nothing. */
  get isStopped(): boolean {
    return this.#state === "frozen" || (this.#unacked ?? 0) >= SILENT_AFTER;
  }

  /** Nobody looks at the page: it is hidden or does not run. */
  get isPaused(): boolean {
    return this.#state === "hidden" || this.isStopped;
  }

  /** The page is frozen, or was until just now. */
  isFrozen(now: number): boolean {
    if (this.#state === "frozen") return true;
    return this.#state === "resumed" && this.#wasFrozen && now - this.#changedAt < WAKING_MS;
  }
}
