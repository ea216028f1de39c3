import type { Clock } from "./clock.ts";

/** A slice of a round ends after this many writes or this long, in ms, whichever comes first. */
const SLICE_WRITES = 60;
const SLICE_MS = 1.5;

interface Round {
  readonly begin: () => void;
  readonly next: () => boolean;
}

/** Works through rounds of members a few milliseconds at a time and lets the event loop turn in between. */
export class SliceRunner {
  readonly #clock: Clock;
  readonly #rounds: Round[] = [];
  #handle: NodeJS.Immediate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `each` for all members in order, `begin` before each slice. The first slice runs at once. */
  run<M>(members: readonly M[], begin: () => void, each: (member: M) => void): void {
    const members_ = members[Symbol.iterator]();
    const next = (): boolean => {
      const { done, value } = members_.next();
      if (done) return false;
      each(value);
      return true;
    };
    this.#rounds.push({ begin, next });
    if (this.#handle === undefined) this.#slice();
  }

  /** Drops what is left of all rounds. */
  clear(): void {
    this.#rounds.length = 0;
    clearImmediate(this.#handle);
    this.#handle = undefined;
  }

  #slice(): void {
    this.#handle = undefined;
    const endAt = this.#clock.monotonicMs() + SLICE_MS;
    let writes = 0;
    let round = this.#rounds[0];
    round?.begin();
    while (
      round !== undefined &&
      writes < SLICE_WRITES &&
      (writes % 8 !== 0 || this.#clock.monotonicMs() < endAt)
    ) {
      writes += 1;
      if (round.next()) continue;
      this.#rounds.shift();
      round = this.#rounds[0];
      round?.begin();
    }
    if (round !== undefined) this.#handle = setImmediate(() => this.#slice());
  }
}
