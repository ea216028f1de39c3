/** What a wheel keeps with its members, so that leaving costs nothing. */
export interface WheelMember {
  /** -1 while in no slot. */
  slot: number;
  position: number;
}

/**
 * A ring of slots, one for each tick of the longest interval; a member is due when its slot comes by. No member has a
 * timer of its own, and members spread over the ring by the moment they joined.
 */
export class HeartbeatWheel<M extends WheelMember> {
  readonly #slots: M[][];
  #size = 0;

  /** `slots`: ticks in the longest interval. */
  constructor(slots: number) {
    this.#slots = Array.from({ length: slots }, () => []);
  }

  get size(): number {
    return this.#size;
  }

  /** Joins the slot of this tick; from then on the member is due each time it comes by. */
  join(member: M, tickNumber: number): void {
    const number = tickNumber % this.#slots.length;
    const slot = this.#slots[number];
    if (slot === undefined) return;
    member.slot = number;
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
    member.slot = -1;
    this.#size -= 1;
  }

  /** Moves a member to the slot of another tick. One that has left stays away. */
  move(member: M, tickNumber: number): void {
    if (member.slot === -1 || member.slot === tickNumber % this.#slots.length) return;
    this.leave(member);
    this.join(member, tickNumber);
  }

  /** Who is due at this tick: a copy, so that whoever leaves during the round moves nobody else out of it. */
  dueAt(tickNumber: number): M[] {
    return this.#slots[tickNumber % this.#slots.length]?.slice() ?? [];
  }

  *[Symbol.iterator](): Iterator<M> {
    for (const slot of this.#slots) yield* slot;
  }
}
