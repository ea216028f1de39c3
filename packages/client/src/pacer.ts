import type { AnnouncedLimits } from "@lubdub/protocol";
import { Timer } from "./timer.ts";

/** A client takes no more than this share of what the server allows, so that its acks never make it too fast. */
const SHARE = 0.75;

/** Lets work through at the pace that the server announced. */
export class Pacer {
  readonly #now: () => number;
  readonly #timer = new Timer();
  #limits: Pick<AnnouncedLimits, "perSecond" | "burst">;
  #tokens: number;
  #filledAt: number;

  constructor(limits: Pick<AnnouncedLimits, "perSecond" | "burst">, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#tokens = limits.burst * SHARE;
    this.#filledAt = now();
  }

  setLimits(limits: Pick<AnnouncedLimits, "perSecond" | "burst">): void {
    this.#limits = limits;
  }

  /** Calls `step` until it says that nothing is left, waiting where the pace wants it. Replaces what ran before. */
  run(step: () => boolean): void {
    this.#timer.clear();
    while (this.#take()) if (!step()) return;
    const perSecond = this.#limits.perSecond * SHARE;
    this.#timer.set(((1 - this.#tokens) * 1_000) / perSecond, () => this.run(step));
  }

  /** Lets nothing through before `run` is called again. */
  stop(): void {
    this.#timer.clear();
  }

  #take(): boolean {
    const now = this.#now();
    const { perSecond, burst } = this.#limits;
    this.#tokens = Math.min(
      burst * SHARE,
      this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond * SHARE,
    );
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
