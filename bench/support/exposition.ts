/** What one scrape of `/metrics` said. */
export interface Exposition {
  readonly text: string;
  /** The value of one series, such as `app_errors_total{where="beat"}` or a bare name; undefined when there is none. */
  value(series: string): number | undefined;
  /** The sum over all label sets of a metric, such as `app_errors_total`; 0 when there is none. */
  sum(name: string): number;
  /** The upper bound of the bucket that holds this quantile of a histogram; undefined when it is empty. */
  quantileBound(histogram: string, quantile: number): number | undefined;
}

/** Reads the Prometheus text format, as far as the tests and benchmarks need it. */
export function parseExposition(text: string): Exposition {
  const series = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^([a-zA-Z_:][^\s{]*(?:\{.*\})?)\s+(\S+)$/.exec(line);
    if (match?.[1] !== undefined) series.set(match[1], Number(match[2]));
  }
  const entriesOf = (name: string): [string, number][] =>
    [...series].filter(([key]) => key === name || key.startsWith(`${name}{`));
  return {
    text,
    value: (key) => series.get(key),
    sum: (name) => entriesOf(name).reduce((total, [, value]) => total + value, 0),
    quantileBound(histogram, quantile) {
      const buckets = entriesOf(`${histogram}_bucket`).map(([key, count]) => ({
        bound: Number(/le="([^"]+)"/.exec(key)?.[1]?.replace("+Inf", "Infinity")),
        count,
      }));
      const total = buckets.at(-1)?.count ?? 0;
      return total === 0 ? undefined : buckets.find(({ count }) => count >= quantile * total)?.bound;
    },
  };
}
