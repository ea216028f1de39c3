import { Beat } from "./beat.ts";
import type { Clock } from "./clock.ts";
import { SliceRunner } from "./slice-runner.ts";
import { type Moment, type Tick, TickSchedule } from "./tick-schedule.ts";
import { Timer } from "./timer.ts";
import { HeartbeatWheel, type WheelMember } from "./wheel.ts";

/** A member of the wheel, with the interval that its next beat is promised in, in ms. */
export interface BeatenMember extends WheelMember {
  readonly intervalMs: number;
}

export interface BeatHandParts<M extends BeatenMember> {
  /** The longest interval, in ms. */
  readonly intervalMs: number;
  readonly tickMs: number;
  readonly clock: Clock;
  /** A round of beats begins with these members. */
  begins(tick: Tick, members: readonly M[]): void;
  /** This member's beat is due. */
  due(member: M, beat: Beat, tick: Tick): void;
}

/** The beat hand: on each tick it beats the members of that slot, a slice at a time, each on to its next slot. */
export class BeatHand<M extends BeatenMember> {
  readonly #parts: BeatHandParts<M>;
  readonly #wheel: HeartbeatWheel<M>;
  readonly #schedule: TickSchedule;
  readonly #slices: SliceRunner;
  readonly #timer = new Timer();

  constructor(parts: BeatHandParts<M>) {
    this.#parts = parts;
    this.#wheel = new HeartbeatWheel(this.#slots);
    this.#schedule = new TickSchedule(parts.tickMs, this.#now());
    this.#slices = new SliceRunner(parts.clock);
  }

  get size(): number {
    return this.#wheel.size;
  }

  /** The number of the last tick. */
  get lastNumber(): number {
    return this.#schedule.nextNumber - 1;
  }

  start(): void {
    this.#schedule.restart(this.#now());
    this.#arm();
  }

  stop(): void {
    this.#timer.clear();
    this.#slices.clear();
  }

  /** From the next tick on the member is beaten. */
  join(member: M): void {
    this.#wheel.join(member, this.#schedule.nextNumber);
  }

  leave(member: M): void {
    this.#wheel.leave(member);
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#wheel[Symbol.iterator]();
  }

  get #slots(): number {
    return this.#parts.intervalMs / this.#parts.tickMs;
  }

  #now(): Moment {
    const { clock } = this.#parts;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  /** Never early: a timer that fires before its tick is armed again. */
  #arm(): void {
    const delayMs = Math.max(0, this.#schedule.nextAt - this.#parts.clock.monotonicMs());
    this.#timer.set(Math.ceil(delayMs), () => this.#onTimer());
  }

  /** After a stall all that fell due is gathered before anybody moves on: each member gets one beat. */
  #onTimer(): void {
    const ticks = this.#schedule.take(this.#now(), this.#slots);
    const rounds = ticks.map((tick) => ({ tick, members: this.#wheel.dueAt(tick.number) }));
    for (const { tick, members } of rounds) if (members.length > 0) this.#beat(tick, members);
    this.#arm();
  }

  #beat(tick: Tick, members: readonly M[]): void {
    const beat = new Beat(tick.number, tick.ts);
    this.#parts.begins(tick, members);
    this.#slices.run(
      members,
      () => beat.leavesLateBy(this.#parts.clock.monotonicMs() - tick.dueAt),
      (member) => {
        this.#parts.due(member, beat, tick);
        this.#wheel.move(member, this.#nextFor(member, tick));
      },
    );
  }

  /** The next tick on this member's grid that has not gone by. */
  #nextFor({ intervalMs }: M, { number }: Tick): number {
    const step = intervalMs / this.#parts.tickMs;
    const steps = Math.max(1, Math.ceil((this.#schedule.nextNumber - number) / step));
    return number + steps * step;
  }
}
