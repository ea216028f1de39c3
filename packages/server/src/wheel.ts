/** What a wheel keeps with its members, so that leaving costs nothing. */
export interface WheelMember {
  slot: number;
  position: number;
}

/**
 * A ring of slots, one for each tick of an interval; a member is due when its slot comes by. No member has a timer of
 * its own, and members spread over the ring by the moment they joined.
 */
export class HeartbeatWheel<M extends WheelMember> {
  readonly #slots: M[][];
  #size = 0;

  /** `slots`: ticks in one interval. */
  constructor(slots: number) {
    this.#slots = Array.from({ length: slots }, () => []);
  }

  get size(): number {
    return this.#size;
  }

  /** Joins the slot of this tick; from then on the member is due each time it comes by. */
  join(member: M, tickNumber: number): void {
    member.slot = tickNumber % this.#slots.length;
    const slot = this.#slots[member.slot];
    if (slot === undefined) return;
    member.position = slot.push(member) - 1;
    this.#size += 1;
  }

  /** Harmless for one that has left. The last of its slot takes its place. */
  leave(member: M): void {
    const slot = this.#slots[member.slot];
    if (slot === undefined || slot[member.position] !== member) return;
    const last = slot.pop();
    if (last !== undefined && last !== member) {
      slot[member.position] = last;
      last.position = member.position;
    }
    this.#size -= 1;
  }

  /** Who is due at this tick: a copy, so that whoever leaves during the round moves nobody else out of it. */
  dueAt(tickNumber: number): M[] {
    return this.#slots[tickNumber % this.#slots.length]?.slice() ?? [];
  }

  *[Symbol.iterator](): Iterator<M> {
    for (const slot of this.#slots) yield* slot;
  }
}
