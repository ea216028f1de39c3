import type { Connection } from "@lubdub/client";
import { type ReactElement, useMemo } from "react";
import { Age } from "./Age.tsx";
import { BeatStrip } from "./BeatStrip.tsx";
import { slotsOf } from "./beats-view.ts";
import { type FleetFigures, type FleetSession, figuresOf, fleetVerdict, sessionsOf } from "./fleet-view.ts";
import { Runway } from "./Runway.tsx";
import { StatusChip } from "./StatusChip.tsx";
import { StatusGlyph } from "./StatusGlyph.tsx";
import { ABSENT, millisecondsText } from "./time-text.ts";
import { useConnections } from "./use-connection.ts";

/** A session to watch. Ids are unique. */
export interface DashboardSession {
  readonly id: string;
  readonly connection: Connection;
  /** Default: the session's room. */
  readonly title?: string;
}

export interface GlobalHeartbeatDashboardProps {
  /** Keep the list the same object for as long as nothing in it changes. */
  readonly connections: readonly DashboardSession[];
  /** Makes each session's name a button. */
  readonly onSelect?: (id: string) => void;
}

/** All sessions at once: one verdict with its reason, figures over all of them, and the health of each. */
export function GlobalHeartbeatDashboard({
  connections,
  onSelect,
}: GlobalHeartbeatDashboardProps): ReactElement {
  const list = useMemo(() => connections.map(({ connection }) => connection), [connections]);
  const snapshots = useConnections(list);
  const sessions = useMemo(() => sessionsOf(connections, snapshots), [connections, snapshots]);
  const { verdict, why } = fleetVerdict(sessions);
  return (
    <section className="lub-dashboard" data-tone={verdict.tone} aria-label="All sessions">
      <header className="lub-verdict" data-tone={verdict.tone}>
        <StatusGlyph glyph={verdict.glyph} />
        <div>
          <h2 className="lub-title">{verdict.word}</h2>
          <p>{why}</p>
        </div>
      </header>
      <Figures figures={figuresOf(sessions)} />
      {sessions.length > 0 && (
        <ul className="lub-sessions">
          {sessions.map((session) => (
            <SessionRow key={session.id} session={session} onSelect={onSelect} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Figures({ figures }: { readonly figures: FleetFigures }): ReactElement {
  const { open, total, beats, missed, averageLatency, worstLatency, onTime } = figures;
  const rows: readonly (readonly [name: string, value: string, unit: string, note: string])[] = [
    ["Open", `${open} / ${total}`, "", "sessions"],
    [
      "On time",
      onTime === undefined ? ABSENT : (Math.floor(onTime * 1_000) / 10).toString(),
      "%",
      "of the beats shown",
    ],
    ["Average latency", millisecondsText(averageLatency), "ms", `worst ${millisecondsText(worstLatency)} ms`],
    ["Heartbeats", beats.toLocaleString(), "", "received"],
    ["Missed", missed.toLocaleString(), "", "over all sessions"],
  ];
  return (
    <dl className="lub-statistics" data-kind="figures">
      {rows.map(([name, value, unit, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="lub-number">
            <b>{value}</b> {value === ABSENT ? "" : unit}
          </dd>
          <dd className="lub-label">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function SessionRow(props: {
  readonly session: FleetSession;
  readonly onSelect: ((id: string) => void) | undefined;
}): ReactElement {
  const { session, onSelect } = props;
  const { snapshot, verdict, title, id } = session;
  const slots = useMemo(() => slotsOf(snapshot.heartbeats), [snapshot.heartbeats]);
  const lastBeatAt = snapshot.heartbeats.at(-1)?.receivedAt;
  return (
    <li className="lub-session" data-status={snapshot.health} data-connection={snapshot.state.phase}>
      <StatusChip verdict={verdict} />
      {onSelect === undefined ? (
        <span className="lub-session-name">{title}</span>
      ) : (
        <button type="button" className="lub-link lub-session-name" onClick={() => onSelect(id)}>
          {title}
        </button>
      )}
      <BeatStrip slots={slots} length={30} />
      <Runway
        lastBeatAt={lastBeatAt}
        intervalMs={snapshot.intervalMs}
        graceMs={snapshot.graceMs}
        isIdle={snapshot.state.phase !== "open" || snapshot.health === "paused"}
        isBare
      />
      <span className="lub-number">{millisecondsText(snapshot.heartbeats.at(-1)?.latency)} ms</span>
      <span className="lub-label">{snapshot.missed} missed</span>
      <span className="lub-label">
        <Age at={lastBeatAt} />
      </span>
    </li>
  );
}
