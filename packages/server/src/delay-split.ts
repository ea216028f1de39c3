/** Where the time of a round trip through a page goes, smoothed, in ms. */
export interface DelaySplit {
  /** Ping and pong: the browser's own stack answers, not the page. */
  readonly networkMs: number;
  /** What the page's ack took beyond that: its main thread. */
  readonly pageMs: number;
  /** How long after its second the beat had left: this process. */
  readonly serverMs: number;
}

/** An eighth of each new sample, as for the round-trip time (RFC 6298, section 2.3). */
const GAIN = 1 / 8;

const smoothed = (before: number | undefined, sample: number): number =>
  before === undefined ? sample : before + GAIN * (sample - before);

/** The split after one more beat: `ackMs` from its leaving to the page's ack, `pingMs` to its pong. */
export function nextDelaySplit(
  before: DelaySplit | undefined,
  sample: { readonly ackMs: number; readonly pingMs: number; readonly lateMs: number },
): DelaySplit {
  return {
    networkMs: smoothed(before?.networkMs, sample.pingMs),
    pageMs: smoothed(before?.pageMs, Math.max(0, sample.ackMs - sample.pingMs)),
    serverMs: smoothed(before?.serverMs, sample.lateMs),
  };
}
