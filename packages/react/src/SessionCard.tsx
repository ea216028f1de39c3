import { Tabs } from "@base-ui/react/tabs";
import type { Connection } from "@lubdub/client";
import { type ReactElement, useMemo, useState } from "react";
import { BeatStrip } from "./BeatStrip.tsx";
import { slotsOf } from "./beats-view.ts";
import { ChatPanel } from "./ChatPanel.tsx";
import { CopyableId } from "./CopyableId.tsx";
import { HeartbeatMonitor } from "./HeartbeatMonitor.tsx";
import { Pulse } from "./Pulse.tsx";
import { ReconnectBanner } from "./ReconnectBanner.tsx";
import { Runway } from "./Runway.tsx";
import { StatusChip } from "./StatusChip.tsx";
import { StatusGlyph } from "./StatusGlyph.tsx";
import { useConnection } from "./use-connection.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export interface SessionCardProps {
  readonly connection: Connection;
  /** What the card is called. Default: its room. */
  readonly title?: string;
  /** Offers a button that removes the session; without it there is none. */
  readonly onRemove?: () => void;
}

type TabName = "chat" | "heartbeat";

/** One session: its chat and its heartbeat behind two tabs, with a pulse on each beat. */
export function SessionCard({ connection, title, onRemove }: SessionCardProps): ReactElement {
  const snapshot = useConnection(connection);
  const { heartbeats, messages, state, health, intervalMs, graceMs } = snapshot;
  const [tab, setTab] = useState<TabName>("chat");
  const [seen, setSeen] = useState(0);
  const received = messages.filter(({ own }) => !own).length;
  if (tab === "chat" && seen !== received) setSeen(received);
  const slots = useMemo(() => slotsOf(heartbeats), [heartbeats]);
  const verdict = verdictOf(snapshot);
  const lastBeatAt = heartbeats.at(-1)?.receivedAt;
  const name = title ?? snapshot.room;
  return (
    <article
      className="lub-card"
      data-status={health}
      data-connection={state.phase}
      data-tone={verdict.tone}
      aria-label={`Session ${name}`}
    >
      <header className="lub-card-head">
        <div className="lub-row">
          <span className="lub-row lub-name">
            <Pulse verdict={verdict} beat={lastBeatAt} />
            <h3 className="lub-title">{name}</h3>
            <CopyableId id={snapshot.from} />
          </span>
          <StatusChip verdict={verdict} />
        </div>
        {onRemove !== undefined && (
          <button
            type="button"
            className="lub-button"
            data-kind="quiet"
            aria-label="Remove session"
            onClick={onRemove}
          >
            ✕
          </button>
        )}
      </header>
      <BeatStrip slots={slots} />
      <Tabs.Root value={tab} onValueChange={(value) => setTab(value === "heartbeat" ? "heartbeat" : "chat")}>
        <Tabs.List className="lub-tabs" aria-label={`Session ${name}`} activateOnFocus>
          <Tabs.Tab value="chat" className="lub-tab">
            Chat
            <Unread count={Math.max(0, received - seen)} />
          </Tabs.Tab>
          <Tabs.Tab value="heartbeat" className="lub-tab">
            Heartbeat
            <HealthBadge verdict={verdict} />
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="chat" className="lub-panel" keepMounted>
          <ChatPanel connection={connection} snapshot={snapshot} />
        </Tabs.Panel>
        <Tabs.Panel value="heartbeat" className="lub-panel" keepMounted>
          <HeartbeatMonitor connection={connection} />
        </Tabs.Panel>
      </Tabs.Root>
      <ReconnectBanner connection={connection} snapshot={snapshot} />
      <Runway
        lastBeatAt={lastBeatAt}
        intervalMs={intervalMs}
        graceMs={graceMs}
        isIdle={state.phase !== "open" || health === "paused"}
        isBare
      />
    </article>
  );
}

function Unread({ count }: { readonly count: number }): ReactElement | null {
  if (count === 0) return null;
  return (
    <span className="lub-badge">
      {count}
      <span className="lub-hidden"> unread</span>
    </span>
  );
}

/** Shows on the tab what the tab would show, when that is not health. */
function HealthBadge({ verdict }: { readonly verdict: Verdict }): ReactElement | null {
  if (verdict.tone === "ok" || verdict.tone === "idle") return null;
  return (
    <span className="lub-tone" data-tone={verdict.tone}>
      <StatusGlyph glyph={verdict.glyph} />
      <span className="lub-hidden"> {verdict.word}</span>
    </span>
  );
}
