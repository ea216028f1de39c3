import { formatDuration } from "./duration.ts";
import type { SettingKey } from "./settings.ts";
import { formatSize } from "./size.ts";

/** The values that have to fit together. Times in milliseconds, sizes in bytes. */
export interface ProvedValues {
  readonly interval: number;
  readonly answerIn: number;
  readonly probeIn: number;
  readonly drain: number;
  readonly sessionKeep: number;
  readonly roomBytes: number;
  readonly historyBytes: number;
  /** Undefined when not declared. */
  readonly proxyIdle: number | undefined;
  /** Undefined when not declared. */
  readonly stopGrace: number | undefined;
}

/** Gives a side its name in a sentence, such as `--interval 30s (default)`. */
export type SideName = (side: SettingKey & keyof ProvedValues, value: string) => string;

interface Rule {
  readonly sides: readonly (SettingKey & keyof ProvedValues)[];
  readonly broken: (values: ProvedValues, name: SideName) => string | undefined;
}

const time = formatDuration;

const RULES: readonly Rule[] = [
  {
    sides: ["answerIn", "probeIn", "interval"],
    broken: ({ answerIn, probeIn, interval }, name) =>
      answerIn + probeIn < interval
        ? undefined
        : `${name("answerIn", time(answerIn))} and ${name("probeIn", time(probeIn))} must together be below ` +
          `${name("interval", time(interval))}, got ${time(answerIn + probeIn)}`,
  },
  {
    sides: ["interval", "proxyIdle"],
    broken: ({ interval, proxyIdle }, name) =>
      proxyIdle === undefined || interval <= proxyIdle / 2
        ? undefined
        : `${name("interval", time(interval))} must be at most half of ${name("proxyIdle", time(proxyIdle))}, ` +
          `which is ${time(proxyIdle / 2)}`,
  },
  {
    sides: ["sessionKeep", "interval"],
    broken: ({ sessionKeep, interval }, name) =>
      sessionKeep >= 3 * interval
        ? undefined
        : `${name("sessionKeep", time(sessionKeep))} must be at least three times ` +
          `${name("interval", time(interval))}, which is ${time(3 * interval)}`,
  },
  {
    sides: ["drain", "stopGrace"],
    broken: ({ drain, stopGrace }, name) =>
      stopGrace === undefined || drain <= stopGrace
        ? undefined
        : `${name("drain", time(drain))} must be at most ${name("stopGrace", time(stopGrace))}`,
  },
  {
    sides: ["historyBytes", "roomBytes"],
    broken: ({ historyBytes, roomBytes }, name) =>
      historyBytes >= roomBytes
        ? undefined
        : `${name("historyBytes", formatSize(historyBytes))} must be at least ` +
          `${name("roomBytes", formatSize(roomBytes))}`,
  },
];

/**
 * One sentence, with both sides, for each way in which the values cannot work together.
 * Rules about a side in `unknown` (it was refused already) are left out.
 */
export function proveConfiguration(
  values: ProvedValues,
  name: SideName,
  unknown: ReadonlySet<SettingKey>,
): string[] {
  return RULES.filter(({ sides }) => !sides.some((side) => unknown.has(side)))
    .map(({ broken }) => broken(values, name))
    .filter((sentence) => sentence !== undefined);
}
