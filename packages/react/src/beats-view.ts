import { monotonicMs } from "@lubdub/client";
import { averageLatency, latencyStatistics } from "@lubdub/protocol";

/** A heartbeat as the components take it; what `useWebSocket` returns has more. */
export interface ShownHeartbeat {
  readonly timestamp: Date;
  /** In ms. */
  readonly latency: number | null;
  readonly latencyKind?: string | null;
  /** On the monotonic clock, in ms. */
  readonly receivedAt?: number;
  readonly onTime?: boolean;
  readonly skipped?: number;
}

/** One slot of the strip, or one row of the timeline. */
export type BeatSlot =
  | {
      readonly kind: "beat";
      readonly key: string;
      readonly timestamp: Date;
      readonly latency: number | null;
      /** When it arrived, on the monotonic clock, in ms. */
      readonly at: number;
      readonly isLate: boolean;
    }
  | { readonly kind: "missed"; readonly key: string; readonly count: number; readonly timestamp: Date };

/** A latency that reads as slow beside the others, in ms. */
const SLOW_MS = 200;

/** A latency that can be shown; null for what is none. */
function finite(latency: number | null): number | null {
  return Number.isFinite(latency) ? latency : null;
}

/** When a heartbeat arrived, on the monotonic clock. Where only wall times are known, as long ago as those say. */
export function arrivalOf({ receivedAt, timestamp, latency }: ShownHeartbeat): number {
  if (receivedAt !== undefined) return receivedAt;
  return monotonicMs() - Math.max(0, Date.now() - timestamp.getTime() - (finite(latency) ?? 0));
}

/** Heartbeats and the gaps between them, oldest first. */
export function slotsOf(heartbeats: readonly ShownHeartbeat[]): readonly BeatSlot[] {
  return heartbeats.flatMap((heartbeat, i): BeatSlot[] => {
    const { timestamp, skipped = 0, onTime = true } = heartbeat;
    const latency = finite(heartbeat.latency);
    const at = arrivalOf(heartbeat);
    const key = `${timestamp.getTime()}-${heartbeat.receivedAt ?? i}`;
    const isLate = !onTime || (latency ?? 0) > SLOW_MS;
    const beat: BeatSlot = { kind: "beat", key, timestamp, latency, at, isLate };
    return skipped > 0 ? [{ kind: "missed", key: `${key}-missed`, count: skipped, timestamp }, beat] : [beat];
  });
}

/** Latencies over the beats shown, in ms. */
export interface ShownStatistics {
  readonly average: number | undefined;
  readonly p95: number | undefined;
  readonly jitter: number | undefined;
  /** Share of the beats that came in time, 0 to 1; undefined without beats. */
  readonly onTime: number | undefined;
}

export function statisticsOf(heartbeats: readonly ShownHeartbeat[]): ShownStatistics {
  const latencies = heartbeats.flatMap(({ latency }) =>
    latency === null || Number.isNaN(latency) ? [] : [latency],
  );
  const statistics = latencyStatistics(latencies);
  const late = heartbeats.filter(({ onTime }) => onTime === false).length;
  const missed = heartbeats.reduce((sum, { skipped = 0 }) => sum + skipped, 0);
  const due = heartbeats.length + missed;
  return {
    average: averageLatency(latencies),
    p95: statistics?.p95,
    jitter: statistics?.jitter,
    onTime: due === 0 ? undefined : (heartbeats.length - late) / due,
  };
}
