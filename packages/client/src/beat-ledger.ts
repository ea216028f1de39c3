import {
  averageLatency,
  graceMs,
  type Heartbeat,
  INITIAL_QUALITY,
  type LatencyStatistics,
  latencyStatistics,
  nextQuality,
  type Quality,
} from "@lubdub/protocol";
import type { Latency, LatencyKind } from "./latency.ts";

/** A heartbeat as it is shown. Moments on the monotonic clock, in ms, unless they are dates. */
export interface HeartbeatRecord {
  /** The server's second; the arrival where that could not be read. */
  readonly timestamp: Date;
  /** In ms; null where there is none. */
  readonly latency: number | null;
  readonly latencyKind: LatencyKind | null;
  readonly receivedAt: number;
  readonly arrivedAt: Date;
  readonly beat?: number;
  /** The next beat was promised within this time. */
  readonly intervalMs: number;
  /** How long after its second it left the server, as the server says. */
  readonly lateMs: number;
  /** It came within the interval and its grace after the one before. */
  readonly onTime: boolean;
  /** Beats that are missing just before this one. */
  readonly skipped: number;
}

/** A beat as it arrived. */
export interface BeatArrival {
  readonly heartbeat: Heartbeat;
  readonly latency: Latency | undefined;
  readonly receivedAt: number;
  readonly wallAt: number;
}

const LATENESS_KEPT = 64;

/** The beats of all connections of a session: the last ones in full, the others counted. */
export class BeatLedger {
  readonly #kept: number;
  #records: readonly HeartbeatRecord[] = [];
  #lateness: number[] = [];
  #quality = INITIAL_QUALITY;
  #counts = { total: 0, missed: 0, duplicates: 0 };
  #last:
    | { readonly receivedAt: number; readonly beat: number | undefined; readonly isThisConnection: boolean }
    | undefined;
  #intervalMs: number;
  #tickMs = 1_000;

  constructor(kept: number, intervalMs: number) {
    this.#kept = kept;
    this.#intervalMs = intervalMs;
  }

  get records(): readonly HeartbeatRecord[] {
    return this.#records;
  }

  get counts(): { readonly total: number; readonly missed: number; readonly duplicates: number } {
    return this.#counts;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  get graceMs(): number {
    return graceMs(this.#lateness, this.#intervalMs);
  }

  get quality(): Quality {
    return this.#quality.quality;
  }

  get averageLatency(): number | undefined {
    return averageLatency(this.#latencies());
  }

  get statistics(): LatencyStatistics | undefined {
    return latencyStatistics(this.#latencies());
  }

  /** A connection begins: the server promised this interval and counts in these ticks, in ms. */
  begin(promise?: { readonly intervalMs: number; readonly tickMs: number }): void {
    this.#intervalMs = promise?.intervalMs ?? this.#intervalMs;
    this.#tickMs = promise?.tickMs ?? this.#tickMs;
    if (this.#last !== undefined) this.#last = { ...this.#last, isThisConnection: false };
  }

  /** The page slept: what was not received in that time is nobody's fault. */
  forgetTiming(): void {
    this.#last = undefined;
  }

  /** Enters a beat; undefined when it is one that came before. */
  add(arrival: BeatArrival): HeartbeatRecord | undefined {
    const { heartbeat, receivedAt } = arrival;
    if (this.#isDuplicate(heartbeat.beat)) {
      this.#counts = { ...this.#counts, duplicates: this.#counts.duplicates + 1 };
      return undefined;
    }
    const record = this.#recordOf(arrival);
    this.#last = { receivedAt, beat: heartbeat.beat, isThisConnection: true };
    this.#intervalMs = record.intervalMs;
    this.#records = [...this.#records, record].slice(-this.#kept);
    const { total, missed } = this.#counts;
    this.#counts = { ...this.#counts, total: total + 1, missed: missed + record.skipped };
    if (record.latency !== null) this.#quality = nextQuality(this.#quality, this.#latencies());
    return record;
  }

  #isDuplicate(beat: number | undefined): boolean {
    const last = this.#last;
    return (
      beat !== undefined && last?.isThisConnection === true && last.beat !== undefined && beat <= last.beat
    );
  }

  #recordOf({ heartbeat, latency, receivedAt, wallAt }: BeatArrival): HeartbeatRecord {
    const { onTime, skipped } = this.#timing(heartbeat, receivedAt);
    const arrivedAt = new Date(wallAt);
    return {
      timestamp: heartbeat.ts === undefined ? arrivedAt : new Date(heartbeat.ts),
      latency: latency?.ms ?? null,
      latencyKind: latency?.kind ?? null,
      receivedAt,
      arrivedAt,
      ...(heartbeat.beat === undefined ? {} : { beat: heartbeat.beat }),
      intervalMs: heartbeat.intervalMs ?? this.#intervalMs,
      lateMs: heartbeat.lateMs ?? 0,
      onTime,
      skipped,
    };
  }

  /** Whether the beat came in time after the last one, and how many are missing between the two. */
  #timing(heartbeat: Heartbeat, receivedAt: number): { readonly onTime: boolean; readonly skipped: number } {
    const last = this.#last;
    if (last === undefined) return { onTime: true, skipped: 0 };
    const gapMs = receivedAt - last.receivedAt;
    const inTime = Math.max(0, Math.floor(gapMs / this.#intervalMs) - 1);
    if (!last.isThisConnection) return { onTime: true, skipped: inTime };
    const latenessMs = Math.max(0, gapMs - this.#intervalMs);
    const onTime = latenessMs <= this.graceMs;
    if (latenessMs < this.#intervalMs) this.#lateness = [...this.#lateness, latenessMs].slice(-LATENESS_KEPT);
    if (heartbeat.beat === undefined || last.beat === undefined) return { onTime, skipped: inTime };
    const steps = ((heartbeat.beat - last.beat) * this.#tickMs) / this.#intervalMs;
    return { onTime, skipped: Math.max(0, Math.round(steps) - 1) };
  }

  #latencies(): number[] {
    return this.#records.flatMap(({ latency }) => (latency === null ? [] : [latency]));
  }
}
