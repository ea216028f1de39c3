import { type Connection, type ConnectionSnapshot, monotonicMs } from "@lubdub/client";
import { type ReactElement, useRef } from "react";
import { durationText } from "./time-text.ts";
import { useTick } from "./use-tick.ts";

/** Says inside a card that its connection is gone, when the next attempt comes, and offers to try at once. */
export function ReconnectBanner(props: {
  readonly connection: Connection;
  readonly snapshot: ConnectionSnapshot;
}): ReactElement | null {
  const { connection, snapshot } = props;
  const { state } = snapshot;
  if (state.phase === "closed") {
    return (
      <div className="lub-banner" data-tone={state.code === 1000 ? "idle" : "err"}>
        <span>
          Closed: {state.reason} ({state.code}).
        </span>
        <button type="button" className="lub-button" onClick={() => connection.reconnect()}>
          Reconnect
        </button>
      </div>
    );
  }
  if (state.phase !== "reconnecting") return null;
  return (
    <div className="lub-banner" data-tone="info">
      <NextTry retryAt={state.retryAt} isPaused={snapshot.health === "paused"} />
      <button
        type="button"
        className="lub-button"
        data-kind="primary"
        aria-disabled={state.retryAt === null}
        onClick={() => connection.retryNow()}
      >
        Retry now
      </button>
    </div>
  );
}

function NextTry({
  retryAt,
  isPaused,
}: {
  readonly retryAt: number | null;
  readonly isPaused: boolean;
}): ReactElement {
  const text = useRef<HTMLElement>(null);
  useTick(() => {
    if (text.current === null || retryAt === null) return;
    const leftMs = Math.max(0, retryAt - monotonicMs());
    text.current.textContent = durationText(Math.ceil(leftMs / 1_000) * 1_000);
  });
  if (isPaused && retryAt === null) return <span>No network. It reconnects when the network returns.</span>;
  if (retryAt === null) return <span>Connection lost. Trying…</span>;
  return (
    <span>
      Connection lost. Next try in <strong ref={text} className="lub-number" />
    </span>
  );
}
