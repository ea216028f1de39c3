import type {
  ChatRecord,
  Connection,
  ConnectionSnapshot,
  ConnectOptions,
  HeartbeatRecord,
  SendResult,
} from "@lubdub/client";
import type { Health } from "@lubdub/protocol";
import { useMemo, useSyncExternalStore } from "react";
import { MountedConnection } from "./mounted-connection.ts";

/** What `useWebSocket` returns. The functions stay the same for as long as the address does. */
export interface UseWebSocketResult {
  readonly heartbeats: readonly HeartbeatRecord[];
  readonly lastHeartbeatAt: Date | null;
  readonly status: Health;
  readonly messages: readonly ChatRecord[];
  /** Sends a chat text, now or when the server can be reached again. */
  readonly send: (text: string) => SendResult;
  /** Drops the socket and dials anew. */
  readonly reconnect: () => void;
  /** Ends the present wait for the next attempt. */
  readonly retryNow: () => void;
  /** Everything else that is known. */
  readonly snapshot: ConnectionSnapshot;
  /** The connection itself; undefined before the component is mounted. */
  readonly connection: Connection | undefined;
}

/** What makes two sets of options the same connection. */
function identity(options: ConnectOptions): string {
  return JSON.stringify([
    String(options.url),
    options.room,
    options.session,
    options.sessionKey,
    options.protocols,
  ]);
}

/**
 * One connection for one component, from its mounting to its unmounting. Takes a URL or the client's options; another
 * address, room or session is another connection.
 */
export function useWebSocket(target: string | URL | ConnectOptions): UseWebSocketResult {
  const options = typeof target === "string" || target instanceof URL ? { url: target } : target;
  const key = identity(options);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the options
  const mounted = useMemo(() => new MountedConnection(options), [key]);
  const snapshot = useSyncExternalStore(mounted.subscribe, mounted.getSnapshot, mounted.getSnapshot);
  const { heartbeats, lastHeartbeatAt, health: status, messages } = snapshot;
  const { send, reconnect, retryNow, connection } = mounted;
  return { heartbeats, lastHeartbeatAt, status, messages, send, reconnect, retryNow, snapshot, connection };
}
