import type { ConnectionSnapshot } from "@lubdub/client";
import { mean } from "@lubdub/protocol";
import { severity, type Verdict, verdictOf } from "./verdict.ts";

/** One session among others. */
export interface FleetSession {
  readonly id: string;
  readonly title: string;
  readonly snapshot: ConnectionSnapshot;
  readonly verdict: Verdict;
}

/** All sessions in figures. Latencies in ms. */
export interface FleetFigures {
  readonly open: number;
  readonly total: number;
  readonly beats: number;
  readonly missed: number;
  readonly averageLatency: number | undefined;
  readonly worstLatency: number | undefined;
  /** Share of the beats shown that came in time, 0 to 1. */
  readonly onTime: number | undefined;
}

/** A fleet with up to this many sessions is degraded by a single sick one. */
const SMALL_FLEET = 20;
const DEGRADED_SHARE = 0.01;
const ERROR_SHARE = 0.05;

/** Worst first; equals in the order they have. */
export function sessionsOf(
  sessions: readonly { readonly id: string; readonly title?: string }[],
  snapshots: readonly ConnectionSnapshot[],
): readonly FleetSession[] {
  return sessions
    .flatMap(({ id, title }, i): FleetSession[] => {
      const snapshot = snapshots[i];
      if (snapshot === undefined) return [];
      return [{ id, title: title ?? snapshot.room, snapshot, verdict: verdictOf(snapshot) }];
    })
    .sort((a, b) => severity(a.verdict) - severity(b.verdict));
}

export function figuresOf(sessions: readonly FleetSession[]): FleetFigures {
  const snapshots = sessions.map(({ snapshot }) => snapshot);
  const latencies = snapshots.flatMap(({ averageLatency }) =>
    averageLatency === undefined ? [] : [averageLatency],
  );
  const beats = snapshots.flatMap(({ heartbeats }) => heartbeats);
  const due = beats.reduce((sum, { skipped }) => sum + 1 + skipped, 0);
  return {
    open: snapshots.filter(({ state }) => state.phase === "open").length,
    total: sessions.length,
    beats: snapshots.reduce((sum, { totalHeartbeats }) => sum + totalHeartbeats, 0),
    missed: snapshots.reduce((sum, { missed }) => sum + missed, 0),
    averageLatency: mean(latencies),
    worstLatency: latencies.length === 0 ? undefined : Math.max(...latencies),
    onTime: due === 0 ? undefined : beats.filter(({ onTime }) => onTime).length / due,
  };
}

const COUNTED = [
  { tone: "err", word: "in error" },
  { tone: "warn", word: "late" },
  { tone: "info", word: "reconnecting" },
] as const;

/** The state of all sessions together, and why, in a sentence. */
export function fleetVerdict(sessions: readonly FleetSession[]): {
  readonly verdict: Verdict;
  readonly why: string;
} {
  const total = sessions.length;
  if (total === 0)
    return {
      verdict: { tone: "idle", glyph: "dots", word: "No sessions" },
      why: "Add one to see its heartbeat.",
    };
  const countOf = (tone: string): number => sessions.filter(({ verdict }) => verdict.tone === tone).length;
  const sick = COUNTED.map(({ tone, word }) => ({ count: countOf(tone), word })).filter(
    ({ count }) => count > 0,
  );
  const sickCount = sick.reduce((sum, { count }) => sum + count, 0);
  const why = sick
    .map(({ count, word }) => `${count} of ${total} ${total === 1 ? "session" : "sessions"} ${word}`)
    .join(", ");
  if (countOf("err") / total >= ERROR_SHARE && countOf("err") > 0) {
    return { verdict: { tone: "err", glyph: "octagon", word: "Error" }, why };
  }
  const isDegraded = sickCount > 0 && (total <= SMALL_FLEET || sickCount / total >= DEGRADED_SHARE);
  if (isDegraded) return { verdict: { tone: "warn", glyph: "triangle", word: "Degraded" }, why };
  if (countOf("ok") === 0) {
    return {
      verdict: { tone: "idle", glyph: "dots", word: "Waiting" },
      why: "No session has had a heartbeat yet.",
    };
  }
  const healthy = `${countOf("ok")} of ${total} ${total === 1 ? "session" : "sessions"} healthy`;
  return { verdict: { tone: "ok", glyph: "check", word: "Healthy" }, why: healthy };
}
