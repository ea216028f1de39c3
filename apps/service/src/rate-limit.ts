import { LIMITS } from "@lubdub/protocol";

/** Refusals further apart than this are separate incidents, in ms. */
const INCIDENT_ENDS_MS = 2_000;

/** What the limit says to one message. */
export type RateVerdict = "pass" | "refuse" | "close";

/** A token bucket that also knows for how long its owner has gone on too fast. Moments on one clock, in ms. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;
  #refusals: { readonly since: number; readonly last: number } | undefined;

  constructor(limit: { readonly perSecond: number; readonly burst: number }, now: number) {
    this.#perSecond = limit.perSecond;
    this.#burst = limit.burst;
    this.#tokens = limit.burst;
    this.#filledAt = now;
  }

  /** Takes one message into account. `close` when messages were refused for 10 s without a pause of two. */
  judge(now: number): RateVerdict {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return "pass";
    }
    const isNew = this.#refusals === undefined || now - this.#refusals.last > INCIDENT_ENDS_MS;
    const since = isNew ? now : (this.#refusals?.since ?? now);
    this.#refusals = { since, last: now };
    return now - since >= LIMITS.policyAfterMs ? "close" : "refuse";
  }
}
