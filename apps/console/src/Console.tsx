import { GlobalHeartbeatDashboard, SessionCard, useConnections, verdictOf } from "@lubdub/react";
import { type ReactElement, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { AddSession } from "./AddSession.tsx";
import { endpointOf } from "./endpoint.ts";
import { PageSessions } from "./sessions.ts";
import { applyTheme, readTheme, THEMES, type Theme } from "./theme.ts";

const sessions = new PageSessions(endpointOf(location.href));
applyTheme(readTheme());

/** The page: a dashboard over the sessions, and a card for each. */
export function Console(): ReactElement {
  const list = useSyncExternalStore(sessions.subscribe, sessions.getSessions);
  useTitle(list.length);
  return (
    <div className="console">
      <header className="console-head">
        <h1>
          <img src="./favicon.svg" alt="" width="24" height="24" />
          lubdub
        </h1>
        <AddSession onAdd={(room) => sessions.add(room)} />
        <ThemeSwitch />
      </header>
      <main>
        <GlobalHeartbeatDashboard connections={list} onSelect={scrollToCard} />
        <div className="console-cards">
          {list.map(({ id, title, connection }) => (
            <div key={id} id={`session-${id}`} tabIndex={-1}>
              <SessionCard connection={connection} title={title} onRemove={() => sessions.remove(id)} />
            </div>
          ))}
        </div>
        {list.length === 0 && <p className="console-empty">No sessions. Add one to see its heartbeat.</p>}
      </main>
      <Undo />
    </div>
  );
}

function scrollToCard(id: string): void {
  const card = document.getElementById(`session-${id}`);
  card?.scrollIntoView({ block: "nearest" });
  card?.focus({ preventScroll: true });
}

/** The title carries how many sessions are not well. */
function useTitle(count: number): void {
  const connections = useMemo(() => {
    return count === 0 ? [] : sessions.getSessions().map(({ connection }) => connection);
  }, [count]);
  const sick = useConnections(connections).filter((snapshot) => {
    return ["err", "warn", "info"].includes(verdictOf(snapshot).tone);
  }).length;
  useEffect(() => {
    document.title = sick === 0 ? "lubdub" : `✕ ${sick} · lubdub`;
  }, [sick]);
}

function Undo(): ReactElement {
  const removed = useSyncExternalStore(sessions.subscribe, sessions.getRemoved);
  return (
    <div className="console-toast" role="status">
      {removed !== undefined && (
        <p>
          Session {removed.title} removed.
          <button type="button" className="lub-button" onClick={() => sessions.undoRemove()}>
            Undo
          </button>
        </p>
      )}
    </div>
  );
}

function ThemeSwitch(): ReactElement {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const choose = (next: Theme): void => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <label className="console-theme">
      Theme
      <select className="lub-input" value={theme} onChange={(event) => choose(event.target.value as Theme)}>
        {THEMES.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}
