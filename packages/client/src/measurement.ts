import type { ClientMessage, Clock, Heartbeat, Welcome } from "@lubdub/protocol";
import { BeatLedger, type HeartbeatRecord } from "./beat-ledger.ts";
import type { ClientClock } from "./clock.ts";
import { type ClockEstimate, ClockSync } from "./clock-sync.ts";
import { latencyOf } from "./latency.ts";
import type { Arrival } from "./link.ts";
import { pageState } from "./page-lifecycle.ts";
import { Timer } from "./timer.ts";

export interface MeasurementParts {
  readonly heartbeatsKept: number;
  readonly intervalMs: number;
  readonly clock: ClientClock;
  /** Hands a message to the socket; false when there is none that takes it. */
  send(message: ClientMessage): boolean;
}

/** Exchanges of clocks right after the opening, evenly over two seconds. */
const FIRST_EXCHANGES = 5;
const FIRST_EXCHANGES_EVERY_MS = 400;

/** Beats and clocks of a session over all its sockets: what came, when, and how long it took. */
export class Measurement {
  readonly beats: BeatLedger;
  readonly #parts: MeasurementParts;
  readonly #sync = new ClockSync();
  readonly #exchangeTimer = new Timer();
  #isMeasuring = false;
  #unacked = { skipped: 0, duplicates: 0 };

  constructor(parts: MeasurementParts) {
    this.#parts = parts;
    this.beats = new BeatLedger(parts.heartbeatsKept, parts.intervalMs);
  }

  /** Whether the server of the present socket speaks lubdub.v1. */
  get isMeasuring(): boolean {
    return this.#isMeasuring;
  }

  /** The last round trip, in ms. */
  get rttMs(): number | undefined {
    return this.#sync.rttMs;
  }

  /** What is known of the server's clock. */
  get clock(): ClockEstimate | undefined {
    return this.#sync.best(this.#parts.clock.monotonicMs());
  }

  /** A socket opened, with a welcome or to a plain server. */
  begin(welcome: Welcome | undefined): void {
    this.#isMeasuring = welcome !== undefined;
    this.#sync.forget();
    this.beats.begin(welcome);
    if (this.#isMeasuring) this.#exchange(FIRST_EXCHANGES);
  }

  /** The socket is gone. */
  end(): void {
    this.#exchangeTimer.clear();
  }

  /** The page or the device slept: what was measured before says nothing about what comes. */
  slept(): void {
    this.#sync.forget();
    this.beats.forgetTiming();
  }

  /** Enters a beat and acknowledges it; undefined for one that came before. */
  beat(heartbeat: Heartbeat, { monotonicAt, wallAt }: Arrival): HeartbeatRecord | undefined {
    const estimate = this.#sync.best(monotonicAt);
    const arrivedAt = estimate === undefined ? wallAt : epochMs(monotonicAt);
    const sentAt = heartbeat.ts === undefined ? undefined : heartbeat.ts + (heartbeat.lateMs ?? 0);
    const latency = sentAt === undefined ? undefined : latencyOf(sentAt, arrivedAt, estimate);
    const record = this.beats.add({ heartbeat, latency, receivedAt: monotonicAt, wallAt });
    if (record === undefined) this.#unacked.duplicates += 1;
    else this.#unacked.skipped += record.skipped;
    if (this.#isMeasuring && heartbeat.beat !== undefined) this.#ack(heartbeat.beat, record?.latency ?? null);
    return record;
  }

  /** The server answered with its clock. */
  answered(clock: Clock, { monotonicAt }: Arrival): void {
    this.#sync.add({ ...clock, t3: epochMs(monotonicAt) }, monotonicAt);
  }

  /** Asks the server whether it is there; false when it can't be asked. */
  probe(): boolean {
    return (
      this.#isMeasuring && this.#parts.send({ type: "probe", t0: epochMs(this.#parts.clock.monotonicMs()) })
    );
  }

  #ack(beat: number, latencyMs: number | null): void {
    const t0 = epochMs(this.#parts.clock.monotonicMs());
    const latency = latencyMs === null ? {} : { latencyMs: Math.round(latencyMs * 100) / 100 };
    const isSent = this.#parts.send({
      type: "ack",
      beat,
      t0,
      page: pageState(),
      ...this.#unacked,
      ...latency,
    });
    if (isSent) this.#unacked = { skipped: 0, duplicates: 0 };
  }

  #exchange(left: number): void {
    if (left === 0) return;
    this.probe();
    this.#exchangeTimer.set(FIRST_EXCHANGES_EVERY_MS, () => this.#exchange(left - 1));
  }
}

/** Our clock in ms since the epoch, with its fraction, and without the jumps of the wall clock. */
function epochMs(monotonicAt: number): number {
  return performance.timeOrigin + monotonicAt;
}
