import type { ReactElement } from "react";
import type { BeatSlot } from "./beats-view.ts";

/** Latencies from here on fill the whole height, in ms. */
const FULL_HEIGHT_MS = 300;
const LEAST_HEIGHT = 0.18;

/** Height of a bar, 0 to 1: square root, so that small latencies stay apart. */
function heightOf(latency: number | null): number {
  return Math.max(LEAST_HEIGHT, Math.sqrt(Math.min(1, (latency ?? 0) / FULL_HEIGHT_MS)));
}

/** The last beats as bars, one slot each: height is latency, a cross is a beat that never came. */
export function BeatStrip(props: {
  readonly slots: readonly BeatSlot[];
  readonly length?: number;
}): ReactElement {
  const { slots, length = 40 } = props;
  const cells = slots.flatMap((slot): BeatSlot[] =>
    slot.kind === "beat"
      ? [slot]
      : Array.from({ length: Math.min(slot.count, length) }, (_, i) => ({
          ...slot,
          key: `${slot.key}-${i}`,
        })),
  );
  const missed = cells.filter(({ kind }) => kind === "missed").length;
  const label = `The last ${cells.length - missed} heartbeats, ${missed} missed`;
  return (
    <div className="lub-strip" data-part="strip" role="img" aria-label={label}>
      {cells
        .slice(-length)
        .map((slot) =>
          slot.kind === "missed" ? (
            <i key={slot.key} data-kind="missed" />
          ) : (
            <i
              key={slot.key}
              data-kind={slot.isLate ? "late" : "beat"}
              style={{ height: `${(heightOf(slot.latency) * 100).toFixed(0)}%` }}
            />
          ),
        )}
    </div>
  );
}
