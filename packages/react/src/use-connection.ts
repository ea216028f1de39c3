import type { Connection, ConnectionSnapshot } from "@lubdub/client";
import { useCallback, useMemo, useSyncExternalStore } from "react";

/** What is known of a connection; the component renders anew when it changes, and only then. */
export function useConnection(connection: Connection): ConnectionSnapshot {
  const subscribe = useCallback((listener: () => void) => connection.subscribe(listener), [connection]);
  const snapshot = useCallback(() => connection.getSnapshot(), [connection]);
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}

/** The same for several connections: a list in their order. */
export function useConnections(connections: readonly Connection[]): readonly ConnectionSnapshot[] {
  const store = useMemo(() => joined(connections), [connections]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}

function joined(connections: readonly Connection[]) {
  let last: readonly ConnectionSnapshot[] = [];
  return {
    subscribe(listener: () => void): () => void {
      const stops = connections.map((connection) => connection.subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    getSnapshot(): readonly ConnectionSnapshot[] {
      const next = connections.map((connection) => connection.getSnapshot());
      const isSame = next.length === last.length && next.every((each, i) => each === last[i]);
      if (!isSame) last = next;
      return last;
    },
  };
}
