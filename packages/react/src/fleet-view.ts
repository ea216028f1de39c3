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

type Sickness = "error" | "late" | "reconnecting";

const WORDS: Readonly<Record<Sickness, string>> = {
  error: "in error",
  late: "late",
  reconnecting: "reconnecting",
};

/** What is wrong with a session; undefined when nothing is, or nothing is known yet. */
function sicknessOf({ snapshot, verdict }: FleetSession): Sickness | undefined {
  if (verdict.tone === "err" || snapshot.health === "error") return "error";
  if (verdict.tone === "warn") return "late";
  return verdict.tone === "info" && snapshot.state.phase === "reconnecting" ? "reconnecting" : undefined;
}

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
  const sicknesses = sessions.map(sicknessOf).filter((sickness) => sickness !== undefined);
  const countOf = (sickness: Sickness): number => sicknesses.filter((each) => each === sickness).length;
  const noun = total === 1 ? "session" : "sessions";
  const why = (Object.keys(WORDS) as Sickness[])
    .filter((sickness) => countOf(sickness) > 0)
    .map((sickness) => `${countOf(sickness)} of ${total} ${noun} ${WORDS[sickness]}`)
    .join(", ");
  if (countOf("error") > 0 && countOf("error") / total >= ERROR_SHARE) {
    return { verdict: { tone: "err", glyph: "octagon", word: "Error" }, why };
  }
  const sickCount = sicknesses.length;
  const healthyCount = sessions.filter(({ verdict }) => verdict.tone === "ok").length;
  const isDegraded = sickCount > 0 && (total <= SMALL_FLEET || sickCount / total >= DEGRADED_SHARE);
  if (isDegraded) return { verdict: { tone: "warn", glyph: "triangle", word: "Degraded" }, why };
  if (healthyCount === 0) {
    return {
      verdict: { tone: "idle", glyph: "dots", word: "Waiting" },
      why: "No session has had a heartbeat yet.",
    };
  }
  const healthy = `${healthyCount} of ${total} ${noun} healthy`;
  return { verdict: { tone: "ok", glyph: "check", word: "Healthy" }, why: healthy };
}
