/** One exchange of clocks: client send, server receive, server send, client receive; in ms, each pair on its own clock. */
export interface ClockExchange {
  readonly t0: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
}

/** What is known of the server's clock. All in ms. */
export interface ClockEstimate {
  readonly rttMs: number;
  /** What to add to our clock to get the server's. */
  readonly offsetMs: number;
  /** The offset is wrong by at most this much. */
  readonly errorMs: number;
}

interface Sample extends ClockEstimate {
  readonly at: number;
}

const SAMPLES_KEPT = 8;
const SAMPLE_LIVES_MS = 300_000;
/** A server that took longer than this between reading and answering was busy: the sample says little. */
const BUSY_MS = 50;

/** Round trip and offset of one exchange, as NTP has them (RFC 5905, section 8). */
export function measure({ t0, t1, t2, t3 }: ClockExchange): ClockEstimate {
  const rttMs = Math.max(0, t3 - t0 - (t2 - t1));
  return { rttMs, offsetMs: (t1 - t0 + (t2 - t3)) / 2, errorMs: rttMs / 2 };
}

/** Remembers the last exchanges; the one with the shortest round trip says most about the offset. */
export class ClockSync {
  #samples: Sample[] = [];
  #latest: ClockEstimate | undefined;

  /** Takes one exchange into account, read at `now` on the monotonic clock. */
  add(exchange: ClockExchange, now: number): void {
    if (exchange.t2 - exchange.t1 > BUSY_MS || exchange.t3 < exchange.t0) return;
    this.#latest = measure(exchange);
    this.#samples = [...this.#samples, { ...this.#latest, at: now }].slice(-SAMPLES_KEPT);
  }

  /** The round-trip time of the last exchange. */
  get rttMs(): number | undefined {
    return this.#latest?.rttMs;
  }

  /** The offset of the shortest round trip among the last 8 exchanges not older than 5 min. */
  best(now: number): ClockEstimate | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) {
      if (now - sample.at > SAMPLE_LIVES_MS) continue;
      if (best === undefined || sample.rttMs <= best.rttMs) best = sample;
    }
    return best;
  }

  /** The clocks may have moved apart. */
  forget(): void {
    this.#samples = [];
    this.#latest = undefined;
  }
}
