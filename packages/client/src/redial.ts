import { reconnectRule } from "@lubdub/protocol";
import type { ClientClock } from "./clock.ts";
import { isOffline, isPageHidden } from "./page-lifecycle.ts";
import { type LossKind, reconnectDelayMs } from "./reconnect-delay.ts";
import { Timer } from "./timer.ts";

/** How a connection ended, as far as it decides about the next one. */
export interface Loss {
  readonly code: number;
  /** Whether it was usable, and for how long, in ms. */
  readonly openMs: number | undefined;
  /** Our own network is at fault: a probe failed, or the device woke. */
  readonly isNetwork: boolean;
}

/** When the next attempt comes. */
export type Plan = { readonly kind: "stay" } | { readonly kind: "wait"; readonly retryAt: number | null };

/** A connection that lasted this long was healthy: the waits start over, in ms. */
const HEALTHY_AFTER_MS = 10_000;
/** Without a network there is one attempt in this time, in ms. */
const OFFLINE_EVERY_MS = 30_000;
/** A hidden page makes this many attempts and then waits to be seen. */
const HIDDEN_ATTEMPTS = 3;
/** A network event this recent explains a loss, in ms. */
const RECENT_MS = 5_000;

/** Decides when to dial again, and does it. */
export class Redial {
  readonly #clock: ClientClock;
  readonly #random: () => number;
  readonly #dial: () => void;
  readonly #timer = new Timer();
  #failures = 0;
  #spreadMs = 0;
  #invitation: { readonly at: number } | undefined;
  #networkEventAt = Number.NEGATIVE_INFINITY;

  constructor(parts: {
    readonly clock: ClientClock;
    readonly random: () => number;
    readonly dial: () => void;
  }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#dial = parts.dial;
  }

  /** The server announced over which time its clients come back after a crash, in ms. */
  announced(spreadMs: number): void {
    this.#spreadMs = spreadMs;
  }

  /** The server said goodbye and asked us back after this long, in ms. */
  invited(afterMs: number): void {
    this.#invitation = { at: this.#clock.monotonicMs() + afterMs };
  }

  /** The network came, went or woke: what is lost now is its doing. */
  networkChanged(): void {
    this.#networkEventAt = this.#clock.monotonicMs();
  }

  /** Plans the attempt after a loss. */
  plan(loss: Loss): Plan {
    const rule = reconnectRule(loss.code);
    if (loss.openMs !== undefined && loss.openMs >= HEALTHY_AFTER_MS) this.#failures = 0;
    else if (loss.openMs === undefined || this.#failures > 0) this.#failures += 1;
    if (rule === "never" || rule === "newToken") return { kind: "stay" };
    if (isPageHidden() && this.#failures >= HIDDEN_ATTEMPTS) return { kind: "wait", retryAt: null };
    if (isOffline()) {
      this.#timer.set(OFFLINE_EVERY_MS, this.#dial);
      return { kind: "wait", retryAt: null };
    }
    const failures = rule === "backoff" ? Math.max(1, this.#failures) : this.#failures;
    return this.#waitFor(this.#delayMs(rule === "longBackoff" ? "crowded" : this.#kindOf(loss), failures));
  }

  /** Attempts begin anew with short waits: somebody asked for it. */
  startOver(): void {
    this.#failures = 0;
    this.#timer.clear();
  }

  stop(): void {
    this.#timer.clear();
  }

  #kindOf({ isNetwork }: Loss): LossKind {
    const isRecent = this.#clock.monotonicMs() - this.#networkEventAt < RECENT_MS;
    return isNetwork || isRecent ? "network" : "server";
  }

  #delayMs(kind: LossKind, failures: number): number {
    const invitation = this.#invitation;
    this.#invitation = undefined;
    if (invitation !== undefined) return Math.max(0, invitation.at - this.#clock.monotonicMs());
    return reconnectDelayMs(kind, failures, this.#spreadMs, this.#random);
  }

  #waitFor(delayMs: number): Plan {
    this.#timer.set(delayMs, this.#dial);
    return { kind: "wait", retryAt: this.#clock.monotonicMs() + delayMs };
  }
}
