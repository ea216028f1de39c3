import type { Registry } from "prom-client";

interface Sample {
  readonly metricName: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

/**
 * A histogram that only counts in an array, so that an observation costs some ten nanoseconds on the beat's way, and is
 * put into prom-client's form when the registry is read. Upper bounds of the buckets in ascending order.
 */
export class CountedHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    registry.registerMetric(this as unknown as Parameters<Registry["registerMetric"]>[0]);
  }

  /** `times` observations of the same value. */
  observe(value: number, times = 1): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    this.#sum += value * times;
  }

  /** prom-client's form of a metric; it calls this at each scrape. */
  get(): Promise<{
    name: string;
    help: string;
    type: string;
    aggregator: string;
    values: readonly Sample[];
  }> {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: this.#samples() });
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  #samples(): Sample[] {
    let total = 0;
    const buckets = Array.from(this.#counts, (count, i): Sample => {
      total += count;
      return { metricName: `${this.name}_bucket`, value: total, labels: { le: this.#bounds[i] ?? "+Inf" } };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, value: this.#sum, labels: {} },
      { metricName: `${this.name}_count`, value: total, labels: {} },
    ];
  }
}
