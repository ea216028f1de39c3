/** What can happen in a connection's life, as its story tells it. The order is that of the codes kept. */
export const STORY_KINDS = [
  "opened",
  "beat",
  "answer",
  "missed",
  "probed",
  "recovered",
  "verdict",
  "visible",
  "hidden",
  "frozen",
  "resumed",
  "silent_page",
  "slow",
  "closed",
] as const;
export type StoryKind = (typeof STORY_KINDS)[number];

export interface StoryEvent {
  readonly kind: StoryKind;
  /** On the monotonic clock, in ms, to a tenth. */
  readonly at: number;
}

const KEPT = 32;
const TENTHS = 10;
/** Kinds fit into four bits beside the time. */
const CODES = 16;

/** A kind as it is kept. */
export const storyCode = Object.fromEntries(STORY_KINDS.map((kind, code) => [kind, code])) as Readonly<
  Record<StoryKind, number>
>;

/** The last 32 events of a connection, one double each: 10,000 connections must be able to afford it. */
export class ConnectionStory {
  readonly #events: number[] = [];
  #next = 0;

  /** `code` is one of `storyCode`; `at` in ms. */
  add(code: number, at: number): void {
    this.#events[this.#next] = Math.round(at * TENTHS) * CODES + code;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** Oldest first. */
  events(): StoryEvent[] {
    const ordered = [...this.#events.slice(this.#next), ...this.#events.slice(0, this.#next)];
    return ordered.map((each) => ({
      kind: STORY_KINDS[each % CODES] ?? "opened",
      at: Math.floor(each / CODES) / TENTHS,
    }));
  }
}
