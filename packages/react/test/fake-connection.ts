import type { Connection, ConnectionSnapshot, HeartbeatRecord } from "@lubdub/client";
import { monotonicMs } from "@lubdub/client";
import { act } from "@testing-library/react";

export function record(change: Partial<HeartbeatRecord> = {}): HeartbeatRecord {
  return {
    timestamp: new Date("2024-01-15T10:30:00Z"),
    latency: 42,
    latencyKind: "one-way",
    receivedAt: monotonicMs(),
    arrivedAt: new Date("2024-01-15T10:30:00.042Z"),
    intervalMs: 30_000,
    lateMs: 0,
    onTime: true,
    skipped: 0,
    ...change,
  };
}

/** A store that holds what the test puts into it, and writes down what it is asked to do. */
export class FakeConnection implements Connection {
  readonly asked: string[] = [];
  readonly listeners = new Set<() => void>();
  #snapshot: ConnectionSnapshot = {
    state: { phase: "open", openedAt: 0 },
    health: "connected",
    quality: "excellent",
    measuring: true,
    session: "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11",
    from: "epdfl4Ijc9mZ",
    room: "lobby",
    intervalMs: 30_000,
    graceMs: 1_500,
    heartbeats: [record()],
    totalHeartbeats: 1_284,
    missed: 3,
    duplicates: 0,
    lastHeartbeatAt: new Date("2024-01-15T10:30:00.042Z"),
    lastFrameAt: monotonicMs(),
    averageLatency: 42,
    statistics: undefined,
    rttMs: 80,
    clockOffsetMs: 3,
    clockErrorMs: 40,
    messages: [],
    queued: 0,
    reconnects: 0,
    problem: undefined,
  };

  constructor(change: Partial<ConnectionSnapshot> = {}) {
    this.#snapshot = { ...this.#snapshot, ...change };
  }

  change(change: Partial<ConnectionSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    act(() => {
      for (const listener of this.listeners) listener();
    });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  getSnapshot(): ConnectionSnapshot {
    return this.#snapshot;
  }

  on(): () => void {
    return () => undefined;
  }

  send(text: string): { ok: true; id: string } {
    this.asked.push(`send ${text}`);
    return { ok: true, id: "1" };
  }

  retryNow(): void {
    this.asked.push("retryNow");
  }

  reconnect(): void {
    this.asked.push("reconnect");
  }

  close(): void {
    this.asked.push("close");
  }
}
