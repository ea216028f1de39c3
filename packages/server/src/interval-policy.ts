/** What an interval policy sees of a connection. */
export interface IntervalFacts {
  /** The interval of a healthy connection, in ms. */
  readonly configuredMs: number;
  /** The interval in force, in ms. */
  readonly currentMs: number;
  /** The share of the last ten beats that were missed, 0 to 1. */
  readonly missedShare: number;
  /** The mean round trip of ping and pong over the last ten answers, in ms; undefined before the first. */
  readonly averageRttMs: number | undefined;
}

/** Says which interval would suit the connection now, in ms. Pure; called before each of its beats. */
export type IntervalPolicy = (facts: IntervalFacts) => number;

/** A connection's interval, and how long another one has suited it better. */
export interface Pace {
  readonly intervalMs: number;
  /** Beats in a row for which a shorter interval suited. */
  readonly poorBeats: number;
  /** Beats in a row for which a longer one did. */
  readonly cleanBeats: number;
}

const SHORTEST_ADAPTIVE_MS = 6_000;
const POOR_MISSED_SHARE = 0.1;
const POOR_RTT_MS = 1_000;
const FAIR_RTT_MS = 500;
const SHORTEN_AFTER = 2;
const LENGTHEN_AFTER = 10;

/** The intervals to choose from, shortest first: a half, two thirds and the whole, on whole seconds; from 6 s up. */
export function intervalSteps(configuredMs: number): readonly number[] {
  if (configuredMs < SHORTEST_ADAPTIVE_MS) return [configuredMs];
  const wholeSeconds = (share: number): number => Math.round((configuredMs * share) / 1_000) * 1_000;
  return [wholeSeconds(1 / 2), wholeSeconds(2 / 3), configuredMs];
}

/**
 * The default policy: a half of the interval (15 s of 30 s) when over a tenth of the last ten beats were missed or the
 * average round trip is above 1 s; two thirds (20 s) above half a second; else the whole.
 */
export const adaptiveIntervalMs: IntervalPolicy = ({ configuredMs, missedShare, averageRttMs = 0 }) => {
  const [half = configuredMs, twoThirds = configuredMs] = intervalSteps(configuredMs);
  if (missedShare > POOR_MISSED_SHARE || averageRttMs > POOR_RTT_MS) return half;
  return averageRttMs > FAIR_RTT_MS ? twoThirds : configuredMs;
};

export function initialPace(configuredMs: number): Pace {
  return { intervalMs: configuredMs, poorBeats: 0, cleanBeats: 0 };
}

/**
 * The pace of the beat that is about to leave: shorter after two beats that asked for it, one step longer after ten
 * clean ones, and never shorter while this process is the slow one.
 */
export function nextPace(
  pace: Pace,
  wantedMs: number,
  facts: { readonly configuredMs: number; readonly isSlow: boolean },
): Pace {
  const { intervalMs } = pace;
  if (wantedMs < intervalMs) {
    const poorBeats = facts.isSlow ? 0 : pace.poorBeats + 1;
    if (poorBeats < SHORTEN_AFTER) return { intervalMs, poorBeats, cleanBeats: 0 };
    return { intervalMs: wantedMs, poorBeats: 0, cleanBeats: 0 };
  }
  if (wantedMs === intervalMs) return { intervalMs, poorBeats: 0, cleanBeats: 0 };
  const cleanBeats = pace.cleanBeats + 1;
  if (cleanBeats < LENGTHEN_AFTER) return { intervalMs, poorBeats: 0, cleanBeats };
  const longer = intervalSteps(facts.configuredMs).find((step) => step > intervalMs) ?? wantedMs;
  return { intervalMs: Math.min(longer, wantedMs), poorBeats: 0, cleanBeats: 0 };
}
