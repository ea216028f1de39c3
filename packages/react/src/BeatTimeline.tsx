import type { ReactElement } from "react";
import { Age } from "./Age.tsx";
import type { BeatSlot } from "./beats-view.ts";
import { StatusGlyph } from "./StatusGlyph.tsx";
import { clockText, millisecondsText } from "./time-text.ts";

/** The newest beats first, each with its age; beats that never came are rows of their own. */
export function BeatTimeline(props: {
  readonly slots: readonly BeatSlot[];
  readonly rows: number;
}): ReactElement {
  const newest = props.slots.slice(-props.rows).reverse();
  if (newest.length === 0) return <p className="lub-label">No heartbeat yet.</p>;
  return (
    <ol className="lub-timeline" data-part="timeline">
      {newest.map((slot) =>
        slot.kind === "missed" ? (
          <MissedRow key={slot.key} slot={slot} />
        ) : (
          <BeatRow key={slot.key} slot={slot} />
        ),
      )}
    </ol>
  );
}

function BeatRow({ slot }: { readonly slot: Extract<BeatSlot, { kind: "beat" }> }): ReactElement {
  const latency = millisecondsText(slot.latency);
  return (
    <li data-tone={slot.isLate ? "warn" : "ok"}>
      <StatusGlyph glyph={slot.isLate ? "triangle" : "check"} />
      <time dateTime={slot.timestamp.toISOString()}>{clockText(slot.timestamp)}</time>
      <span className="lub-number lub-latency">{slot.latency === null ? latency : `${latency} ms`}</span>
      <span className="lub-label">
        <Age at={slot.at} />
      </span>
    </li>
  );
}

function MissedRow({ slot }: { readonly slot: Extract<BeatSlot, { kind: "missed" }> }): ReactElement {
  return (
    <li data-tone="err">
      <StatusGlyph glyph="octagon" />
      <span className="lub-missed">
        missed {slot.count} {slot.count === 1 ? "beat" : "beats"}
      </span>
      <span className="lub-label">before {clockText(slot.timestamp)}</span>
    </li>
  );
}
