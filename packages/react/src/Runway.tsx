import { monotonicMs } from "@lubdub/client";
import { type ReactElement, useRef } from "react";
import { clockText, durationText, spanText } from "./time-text.ts";
import { useTick } from "./use-tick.ts";

export interface RunwayProps {
  /** When the last beat arrived, on the monotonic clock; undefined while none is expected from. */
  readonly lastBeatAt: number | undefined;
  readonly intervalMs: number;
  readonly graceMs: number;
  /** No beat is expected: the track is empty. */
  readonly isIdle: boolean;
  /** Only the bar, without its words. */
  readonly isBare?: boolean;
}

/** Where on the bar a time since the last beat lies, 0 to 1; the bar ends at two intervals, where a beat is missed. */
function share(ms: number, intervalMs: number): number {
  return Math.min(1, Math.max(0, ms / (2 * intervalMs)));
}

function toneAt(ageMs: number, { intervalMs, graceMs }: RunwayProps): "due" | "late" | "missed" {
  if (ageMs > 2 * intervalMs) return "missed";
  return ageMs > intervalMs + graceMs ? "late" : "due";
}

/** Progress to the next expected beat, and how close that is to late and missed. Written once a second. */
export function Runway(props: RunwayProps): ReactElement {
  const { lastBeatAt, intervalMs, graceMs, isIdle, isBare = false } = props;
  const bar = useRef<HTMLDivElement>(null);
  const fill = useRef<HTMLDivElement>(null);
  const countdown = useRef<HTMLElement>(null);
  const isRunning = !isIdle && lastBeatAt !== undefined;
  useTick(() => {
    const ageMs = isRunning ? Math.max(0, monotonicMs() - lastBeatAt) : 0;
    if (bar.current !== null) {
      bar.current.dataset.tone = isRunning ? toneAt(ageMs, props) : "idle";
      const seconds = Math.min(ageMs, 2 * intervalMs) / 1_000;
      if (isRunning) bar.current.setAttribute("aria-valuenow", seconds.toFixed(1));
      else bar.current.removeAttribute("aria-valuenow");
    }
    if (fill.current !== null) fill.current.style.transform = `scaleX(${share(ageMs, intervalMs)})`;
    if (countdown.current !== null) countdown.current.textContent = countdownText(ageMs, props, isRunning);
  });
  const dueAt = isRunning ? new Date(Date.now() + lastBeatAt + intervalMs - monotonicMs()) : undefined;
  const expected =
    dueAt === undefined ? "No heartbeat is expected now" : `Next heartbeat expected at ${clockText(dueAt)}`;
  return (
    <div className="lub-runway" data-part="runway">
      {!isBare && (
        <div className="lub-row">
          <span className="lub-label">Next heartbeat</span>
          <span>
            <strong ref={countdown} className="lub-number" />
            {dueAt !== undefined && <span className="lub-label"> · {clockText(dueAt)}</span>}
          </span>
        </div>
      )}
      <div
        ref={bar}
        className="lub-track"
        role="progressbar"
        aria-label="Time to the next heartbeat"
        aria-valuemin={0}
        aria-valuemax={(2 * intervalMs) / 1_000}
        aria-valuetext={expected}
      >
        <div ref={fill} className="lub-fill" />
        <i className="lub-tick" style={{ insetInlineStart: "50%" }} />
        <i
          className="lub-tick"
          style={{ insetInlineStart: `${share(intervalMs + graceMs, intervalMs) * 100}%` }}
        />
      </div>
      {!isBare && (
        <div className="lub-axis" aria-hidden="true">
          <span>last beat</span>
          <span>due {spanText(intervalMs)}</span>
          <span>missed {spanText(2 * intervalMs)}</span>
        </div>
      )}
    </div>
  );
}

function countdownText(ageMs: number, { intervalMs, graceMs }: RunwayProps, isRunning: boolean): string {
  if (!isRunning) return "not expected";
  const leftMs = intervalMs - ageMs;
  if (leftMs > 0) return `in ${durationText(Math.ceil(leftMs / 1_000) * 1_000)}`;
  return ageMs <= intervalMs + graceMs ? "due now" : `overdue ${durationText(-leftMs)}`;
}
