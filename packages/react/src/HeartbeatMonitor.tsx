import type { Connection, ConnectionSnapshot } from "@lubdub/client";
import type { Health } from "@lubdub/protocol";
import { type ReactElement, useMemo } from "react";
import { Age } from "./Age.tsx";
import { BeatStrip } from "./BeatStrip.tsx";
import { BeatTimeline } from "./BeatTimeline.tsx";
import { arrivalOf, type ShownHeartbeat, slotsOf, statisticsOf } from "./beats-view.ts";
import { Runway } from "./Runway.tsx";
import { StatusChip } from "./StatusChip.tsx";
import { StatusGlyph } from "./StatusGlyph.tsx";
import { ABSENT, millisecondsText } from "./time-text.ts";
import { useConnection } from "./use-connection.ts";
import { type Verdict, verdictOf, verdictOfHealth } from "./verdict.ts";

/** Heartbeats handed in, as `useWebSocket` returns them. */
export interface HeartbeatMonitorData {
  /** Oldest first. */
  readonly heartbeats: readonly ShownHeartbeat[];
  readonly lastHeartbeatAt: Date | null;
  readonly status: Health | (string & {});
  /** What the button does: reconnect. */
  readonly onRefresh: () => void;
  /**
   * The time between two beats, in milliseconds.
   * @default 30_000
   */
  readonly intervalMs?: number;
  /**
   * A beat may come this long after its interval and still be on time, in milliseconds.
   * @default intervalMs / 20
   */
  readonly graceMs?: number;
}

export type HeartbeatMonitorProps = HeartbeatMonitorData | { readonly connection: Connection };

/** What is shown, wherever it came from. */
interface MonitorView {
  readonly heartbeats: readonly ShownHeartbeat[];
  readonly total: number;
  readonly missed: number;
  readonly lastBeatAt: number | undefined;
  readonly verdict: Verdict;
  readonly status: string;
  readonly phase: string;
  readonly isOpen: boolean;
  readonly isExpecting: boolean;
  readonly intervalMs: number;
  readonly graceMs: number;
  readonly latencyKind: string;
  readonly quality: string | undefined;
  readonly problem: string | undefined;
  readonly onRefresh: () => void;
}

const TIMELINE_ROWS = 10;
const LATENCY_WORDS: Readonly<Record<string, string>> = {
  "one-way": "one-way, clock corrected",
  "half-rtt": "half the round trip",
  uncorrected: "clocks not compared",
};

/** Everything about one connection's heartbeats. Takes a `connection`, or the values that `useWebSocket` returns. */
export function HeartbeatMonitor(props: HeartbeatMonitorProps): ReactElement {
  return "connection" in props ? (
    <ConnectedMonitor connection={props.connection} />
  ) : (
    <DataMonitor {...props} />
  );
}

function ConnectedMonitor({ connection }: { readonly connection: Connection }): ReactElement {
  return <MonitorPanel {...viewOfSnapshot(useConnection(connection), () => connection.reconnect())} />;
}

function DataMonitor(props: HeartbeatMonitorData): ReactElement {
  const { heartbeats, lastHeartbeatAt, status, onRefresh, intervalMs = 30_000 } = props;
  const newest = heartbeats.at(-1);
  const lastBeatAt = useMemo(() => {
    if (newest !== undefined) return arrivalOf(newest);
    return lastHeartbeatAt === null ? undefined : arrivalOf({ timestamp: lastHeartbeatAt, latency: 0 });
  }, [newest, lastHeartbeatAt]);
  return (
    <MonitorPanel
      heartbeats={heartbeats}
      total={heartbeats.length}
      missed={heartbeats.reduce((sum, { skipped = 0 }) => sum + skipped, 0)}
      lastBeatAt={lastBeatAt}
      verdict={verdictOfHealth(status)}
      status={status}
      phase={status === "error" ? "closed" : "open"}
      isOpen={status !== "error"}
      isExpecting={status !== "paused"}
      intervalMs={intervalMs}
      graceMs={props.graceMs ?? intervalMs / 20}
      latencyKind={newest?.latencyKind ?? "uncorrected"}
      quality={undefined}
      problem={undefined}
      onRefresh={onRefresh}
    />
  );
}

function viewOfSnapshot(snapshot: ConnectionSnapshot, onRefresh: () => void): MonitorView {
  const { state, health, heartbeats, intervalMs, graceMs, quality, problem, missed } = snapshot;
  return {
    heartbeats,
    total: snapshot.totalHeartbeats,
    missed,
    lastBeatAt: heartbeats.at(-1)?.receivedAt,
    verdict: verdictOf(snapshot),
    status: health,
    phase: state.phase,
    isOpen: state.phase === "open",
    isExpecting: state.phase === "open" && health !== "paused",
    intervalMs,
    graceMs,
    latencyKind: heartbeats.at(-1)?.latencyKind ?? "uncorrected",
    quality: quality === "unknown" ? undefined : quality,
    problem,
    onRefresh,
  };
}

function MonitorPanel(view: MonitorView): ReactElement {
  const slots = useMemo(() => slotsOf(view.heartbeats), [view.heartbeats]);
  const { lastBeatAt, intervalMs, graceMs } = view;
  return (
    <section
      className="lub-monitor"
      data-status={view.status}
      data-connection={view.phase}
      aria-label="Heartbeat"
    >
      <header className="lub-row">
        <h3 className="lub-title">Heartbeat</h3>
        <StatusChip verdict={view.verdict} />
      </header>
      <Runway lastBeatAt={lastBeatAt} intervalMs={intervalMs} graceMs={graceMs} isIdle={!view.isExpecting} />
      <Statistics view={view} />
      <div>
        <BeatStrip slots={slots} length={60} />
        <div className="lub-axis" aria-hidden="true">
          <span>older</span>
          <span>height = latency, ✕ = missed</span>
          <span>now</span>
        </div>
      </div>
      <div>
        <div className="lub-row">
          <h4 className="lub-subtitle">Recent</h4>
          <span className="lub-label">latency · age</span>
        </div>
        <BeatTimeline slots={slots} rows={TIMELINE_ROWS} />
      </div>
      <footer className="lub-row">
        <span className="lub-status">
          <StatusGlyph glyph={view.verdict.glyph} />
          <span>
            {view.isOpen ? "Connected" : sentenceCase(view.problem ?? "not connected")} · last heartbeat{" "}
            <strong>
              <Age at={lastBeatAt} />
            </strong>
          </span>
        </span>
        <button type="button" className="lub-button" onClick={view.onRefresh}>
          Reconnect
        </button>
      </footer>
    </section>
  );
}

function Statistics({ view }: { readonly view: MonitorView }): ReactElement {
  const { average, p95, jitter, onTime } = useMemo(() => statisticsOf(view.heartbeats), [view.heartbeats]);
  const spread =
    p95 === undefined
      ? LATENCY_WORDS[view.latencyKind]
      : `p95 ${millisecondsText(p95)} · jitter ${millisecondsText(jitter)}`;
  return (
    <dl className="lub-statistics">
      <div>
        <dt>Average latency</dt>
        <dd className="lub-number">
          <b>{millisecondsText(average)}</b> ms
        </dd>
        <dd className="lub-label">{spread}</dd>
        <dd className="lub-label">{average === undefined ? ABSENT : LATENCY_WORDS[view.latencyKind]}</dd>
      </div>
      <div>
        <dt>Heartbeats</dt>
        <dd className="lub-number">
          <b>{view.total.toLocaleString()}</b>
        </dd>
        <dd className="lub-label">{view.missed.toLocaleString()} missed</dd>
      </div>
      <div>
        <dt>On time</dt>
        <dd className="lub-number">
          <b>{onTime === undefined ? ABSENT : percent(onTime)}</b>
          {onTime === undefined ? "" : " %"}
        </dd>
        <dd className="lub-label">last {view.heartbeats.length} beats</dd>
        {view.quality !== undefined && <dd className="lub-label">quality: {view.quality}</dd>}
      </div>
    </dl>
  );
}

/** A share as a percentage; never rounded up to a hundred. */
function percent(share: number): string {
  return share === 1 ? "100" : (Math.floor(share * 1_000) / 10).toFixed(1);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
