import { Room } from "./room.ts";

export interface RoomsOptions {
  readonly maxRooms: number;
  /** Messages of one room that are kept. */
  readonly roomMessages: number;
  /** Bytes of one room that are kept. */
  readonly roomBytes: number;
  /** Bytes of all rooms that are kept. */
  readonly historyBytes: number;
  /** How long an empty room is remembered, in ms. */
  readonly roomKeepMs: number;
  /** The monotonic clock, in ms. */
  now(): number;
  /** The wall clock, in ms since the epoch. */
  wallNow(): number;
}

/** The rooms of this process, in memory, within bounds. Least recently used first. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  #lastBirth = 0;
  #bytes = 0;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** The room of this name, made when there is none; undefined when there are too many and none is empty. */
  enter(name: string): Room | undefined {
    const known = this.#rooms.get(name);
    if (known !== undefined) return this.#touch(known);
    if (this.#rooms.size >= this.#options.maxRooms && !this.#forgetLongestEmpty()) return undefined;
    const { roomMessages, roomBytes, now, wallNow } = this.#options;
    this.#lastBirth = Math.max(this.#lastBirth + 1, wallNow());
    return this.#touch(new Room(name, this.#lastBirth, { messages: roomMessages, bytes: roomBytes }, now()));
  }

  /** Publishes in a room and keeps the history of all rooms within its bound. Returns the message's offset. */
  publish(room: Room, write: (offset: string) => string): string {
    const bytesBefore = room.bytes;
    const offset = this.#touch(room).publish(write);
    this.#bytes += room.bytes - bytesBefore;
    this.#shrink();
    return offset;
  }

  /** Forgets the rooms that were empty for too long. */
  sweep(): void {
    const { now, roomKeepMs } = this.#options;
    for (const room of this.#rooms.values()) {
      if (room.emptySince !== undefined && now() - room.emptySince >= roomKeepMs) this.#forget(room);
    }
  }

  #touch(room: Room): Room {
    this.#rooms.delete(room.name);
    this.#rooms.set(room.name, room);
    return room;
  }

  #forget(room: Room): void {
    this.#rooms.delete(room.name);
    this.#bytes -= room.bytes;
  }

  #forgetLongestEmpty(): boolean {
    let longest: Room | undefined;
    for (const room of this.#rooms.values()) {
      if (room.emptySince === undefined) continue;
      if (longest?.emptySince === undefined || room.emptySince < longest.emptySince) longest = room;
    }
    if (longest !== undefined) this.#forget(longest);
    return longest !== undefined;
  }

  /** Over the bound of all rooms, the room that was used longest ago loses its oldest messages first. */
  #shrink(): void {
    for (const room of this.#rooms.values()) {
      while (this.#bytes > this.#options.historyBytes && room.bytes > 0) this.#bytes -= room.forgetOldest();
      if (this.#bytes <= this.#options.historyBytes) return;
    }
  }
}
