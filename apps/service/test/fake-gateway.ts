import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ConnectionRow } from "../src/connection-row.ts";
import type { Gateway } from "../src/gateway.ts";

/** A row of `/api/connections`, with what a test does not care for filled in. */
export function row(connection: number, fields: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    connection,
    from: `guest${connection}`,
    room: "lobby",
    address: "127.0.0.1",
    protocol: "plain",
    openedAt: "2024-01-15T10:30:00.000Z",
    closedAt: null,
    state: "open",
    health: "connected",
    cause: null,
    code: null,
    idleTimeoutMs: null,
    intervalMs: 30_000,
    rttMs: null,
    networkMs: null,
    pageMs: null,
    serverMs: null,
    missed: 0,
    beatsSent: 1,
    beatsAnswered: 1,
    lastAnswerAgoMs: null,
    bufferedBytes: 0,
    ...fields,
  };
}

/** A gateway without sockets: it shows these rows, and its drain ends when the test says so. */
export class FakeGateway implements Gateway {
  rows: ConnectionRow[] = [];
  readonly upgrades: string[] = [];
  readonly drains: number[] = [];
  terminated = 0;
  finishDrain: () => void = () => undefined;
  #draining = false;

  handleUpgrade(request: IncomingMessage, socket: Duplex): void {
    this.upgrades.push(request.url ?? "");
    socket.end("HTTP/1.1 418 fake\r\nConnection: close\r\n\r\n");
  }

  connections(): readonly ConnectionRow[] {
    return this.rows;
  }

  closedConnections(): readonly ConnectionRow[] {
    return this.rows.filter(({ state }) => state === "closed");
  }

  connection(id: number): ReturnType<Gateway["connection"]> {
    const found = this.rows.find(({ connection }) => connection === id);
    return found && { row: found, story: [{ kind: "opened", at: 1_705_314_600_000 }] };
  }

  summary(): ReturnType<Gateway["summary"]> {
    const health = { waiting: 0, connected: this.rows.length, warning: 0, error: 0, paused: 0 };
    return { connections: this.rows.length, health, sessions: 2, rooms: 1, draining: this.#draining };
  }

  drain(drainMs: number): Promise<void> {
    this.drains.push(drainMs);
    this.#draining = true;
    return new Promise((resolve) => {
      this.finishDrain = resolve;
    });
  }

  terminateAll(): void {
    this.terminated += 1;
  }
}
