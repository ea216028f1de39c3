import { formatOffset, parseOffset } from "./offset.ts";

/** A chat message as a room keeps it: encoded once, sent to everybody as it is. */
export interface StoredMessage {
  /** 1 for the first message of the room's history. */
  readonly number: number;
  readonly text: string;
  readonly bytes: number;
}

/** Where a reader stands: it has everything up to this number. */
export interface ReadingPlace {
  readonly after: number;
  /** True when messages may be missing before the first one it gets. */
  readonly gap: boolean;
}

export interface RoomLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Told of each message as it is stored. */
export type RoomListener = (message: StoredMessage) => void;

/** One room: its audience and the newest part of its history. */
export class Room {
  readonly name: string;
  readonly birth: number;
  readonly #limits: RoomLimits;
  readonly #listeners = new Set<RoomListener>();
  #kept: StoredMessage[] = [];
  #last = 0;
  #bytes = 0;
  /** When the last listener left, on the monotonic clock; undefined while there is one. */
  #emptySince: number | undefined;

  constructor(name: string, birth: number, limits: RoomLimits, now: number) {
    this.name = name;
    this.birth = birth;
    this.#limits = limits;
    this.#emptySince = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get emptySince(): number | undefined {
    return this.#emptySince;
  }

  /** The offset of the newest message; null when there was none. */
  get newest(): string | null {
    return this.#last === 0 ? null : this.offsetOf(this.#last);
  }

  get lastNumber(): number {
    return this.#last;
  }

  offsetOf(number: number): string {
    return formatOffset({ birth: this.birth, number });
  }

  /** Stores a message and tells the audience. `write` gets the offset that the message will have. */
  publish(write: (offset: string) => string): string {
    const number = this.#last + 1;
    const offset = this.offsetOf(number);
    const text = write(offset);
    const message = { number, text, bytes: Buffer.byteLength(text) };
    this.#last = number;
    this.#kept.push(message);
    this.#bytes += message.bytes;
    while (this.#kept.length > this.#limits.messages || this.#bytes > this.#limits.bytes) this.forgetOldest();
    for (const listener of this.#listeners) listener(message);
    return offset;
  }

  /** Drops the oldest message; returns its bytes, 0 when there is none. */
  forgetOldest(): number {
    const oldest = this.#kept.shift();
    if (oldest === undefined) return 0;
    this.#bytes -= oldest.bytes;
    return oldest.bytes;
  }

  /** Where a reader that has seen `since` goes on: an offset of another history, a newer one, or one forgotten is a gap. */
  placeOf(since: string): ReadingPlace {
    const oldestKept = this.#kept[0]?.number ?? this.#last + 1;
    const offset = parseOffset(since);
    const isOurs = offset !== undefined && offset.birth === this.birth && offset.number <= this.#last;
    if (!isOurs) return { after: oldestKept - 1, gap: true };
    return offset.number + 1 < oldestKept
      ? { after: oldestKept - 1, gap: true }
      : { after: offset.number, gap: false };
  }

  /** The first message after this number that is still kept. */
  next(after: number): StoredMessage | undefined {
    const first = this.#kept[0];
    if (first === undefined) return undefined;
    return this.#kept[Math.max(0, after + 1 - first.number)];
  }

  /** Returns the way to stop listening. */
  listen(listener: RoomListener, now: () => number): () => void {
    this.#listeners.add(listener);
    this.#emptySince = undefined;
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#emptySince = now();
    };
  }
}
