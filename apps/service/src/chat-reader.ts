import { ErrorCode, encodeServerMessage, LIMITS } from "@lubdub/protocol";
import type { Room, StoredMessage } from "./room.ts";

/** Where a reader's messages go. */
export interface ChatSink {
  send(text: string): void;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Calls back once when there is room again. */
  onceDrained(callback: () => void): void;
}

/** How a replay ended. */
export interface ReplayOutcome {
  readonly count: number;
  readonly upTo: string | null;
  readonly gap: boolean;
}

/**
 * Passes a room's messages on to one connection, in the order of their offsets: first what it missed, as fast as the
 * connection takes it, then live. Messages that come during the replay need no queue: the room keeps them.
 */
export class ChatReader {
  readonly #room: Room;
  readonly #sink: ChatSink;
  readonly #leave: () => void;
  #replay: { count: number; gap: boolean; readonly done: (outcome: ReplayOutcome) => void } | undefined;
  #after: number;
  /** Live: what comes is passed on at once. Reading: what is kept is passed on first. Held: nothing is. */
  #mode: "reading" | "live" | "held" | "stopped" = "reading";

  /** `since` is the offset of the last message seen; without one only what is new is read. */
  constructor(
    room: Room,
    sink: ChatSink,
    from: { readonly since: string | undefined; now(): number; done(outcome: ReplayOutcome): void },
  ) {
    this.#room = room;
    this.#sink = sink;
    const place =
      from.since === undefined ? { after: room.lastNumber, gap: false } : room.placeOf(from.since);
    this.#after = place.after;
    this.#replay = { count: 0, gap: false, done: (outcome) => from.done(outcome) };
    this.#leave = room.listen((message) => this.#live(message), from.now);
    if (place.gap) this.#tellGap();
    this.#pump();
  }

  /** After this nothing is passed on. Harmless twice. */
  stop(): void {
    this.#mode = "stopped";
    this.#leave();
  }

  /** Nobody reads at the other end: messages stay in the room, as many as it keeps, until `release`. */
  hold(): void {
    if (this.#mode !== "stopped") this.#mode = "held";
  }

  /** Somebody reads again: first what was held. */
  release(): void {
    if (this.#mode !== "held") return;
    this.#mode = "reading";
    this.#pump();
  }

  #live(message: StoredMessage): void {
    if (this.#mode !== "live") return;
    this.#after = message.number;
    this.#sink.send(message.text);
  }

  #pump(): void {
    if (this.#mode !== "reading") return;
    for (let next = this.#room.next(this.#after); next !== undefined; next = this.#room.next(this.#after)) {
      if (this.#sink.bufferedBytes > LIMITS.replayPauseBytes) {
        this.#sink.onceDrained(() => this.#pump());
        return;
      }
      if (next.number > this.#after + 1) this.#tellGap();
      this.#after = next.number;
      if (this.#replay !== undefined) this.#replay.count += 1;
      this.#sink.send(next.text);
      if (this.#isInterrupted) return;
    }
    this.#mode = "live";
    const replay = this.#replay;
    if (replay === undefined) return;
    this.#replay = undefined;
    const upTo = this.#after === 0 ? null : this.#room.offsetOf(this.#after);
    replay.done({ count: replay.count, upTo, gap: replay.gap });
  }

  /** Sending may have ended this connection, or found it held. */
  get #isInterrupted(): boolean {
    return this.#mode !== "reading";
  }

  #tellGap(): void {
    if (this.#replay !== undefined) this.#replay.gap = true;
    const message = "messages after the offset given are no longer kept; what follows is all there is";
    this.#sink.send(encodeServerMessage({ type: "error", code: ErrorCode.historyGap, message }));
  }
}
