/** Latencies over a window, all in ms. `jitter` is the scaled median absolute deviation. */
export interface LatencyStatistics {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly jitter: number;
}

/** Makes the median absolute deviation of a normal distribution equal to its standard deviation: 1 / Φ⁻¹(3/4). */
const NORMAL_CONSISTENCY = 1.4826;

/** The arithmetic mean; undefined without samples. */
export function mean(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined;
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

/**
 * The value below which this share (0 to 1) of the samples lies, interpolated between neighbours (Hyndman and Fan 1996,
 * type 7); undefined without samples.
 */
export function quantile(samples: readonly number[], share: number): number | undefined {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(samples: readonly number[]): number | undefined {
  return quantile(samples, 0.5);
}

/** The median distance from the median, scaled by 1.4826 to read like a standard deviation; undefined without samples. */
export function medianAbsoluteDeviation(samples: readonly number[]): number | undefined {
  const middle = median(samples);
  if (middle === undefined) return undefined;
  const deviation = median(samples.map((sample) => Math.abs(sample - middle)));
  return deviation === undefined ? undefined : NORMAL_CONSISTENCY * deviation;
}

/** The average latency over the samples given, in ms; undefined without samples. */
export function averageLatency(samplesMs: readonly number[]): number | undefined {
  return mean(samplesMs);
}

/** All the figures that are shown of a window of latencies in ms; undefined without samples. */
export function latencyStatistics(samplesMs: readonly number[]): LatencyStatistics | undefined {
  const average = mean(samplesMs);
  const p50 = median(samplesMs);
  const p95 = quantile(samplesMs, 0.95);
  const jitter = medianAbsoluteDeviation(samplesMs);
  if (average === undefined || p50 === undefined || p95 === undefined || jitter === undefined)
    return undefined;
  return { count: samplesMs.length, mean: average, p50, p95, max: Math.max(...samplesMs), jitter };
}
