// A process of its own that opens many plain connections and writes down each beat that reaches them.
import { RawClient } from "./raw-client.ts";

/** How a fleet is to be opened. */
export interface FleetOrder {
  readonly url: string;
  readonly clients: number;
  readonly perSecond: number;
  readonly pongDelayMs: number;
}

/** What a fleet saw, over all its clients. */
export interface FleetReport {
  readonly opened: number;
  readonly beats: number;
  /** Clients that saw a `ts` twice. */
  readonly doubled: number;
  /** Steps between two beats of one client that were not one interval of whole seconds. */
  readonly gaps: number;
  readonly closed: Readonly<Record<string, number>>;
  /** Beats that reached a client after its `bye`. */
  readonly beatsAfterBye: number;
  readonly byes: number;
  /** Arrival minus `ts` of each beat, in ms, at most the last 200,000. */
  readonly latenessMs: readonly number[];
  /** For each client the time from open to its first beat, in ms. */
  readonly firstBeatMs: readonly number[];
  /** Clients by the number of beats they got. */
  readonly beatsPerClient: Readonly<Record<number, number>>;
}

const SAMPLES_KEPT = 200_000;

class Fleet {
  readonly clients: RawClient[] = [];
  readonly #lastTs: number[] = [];
  readonly #counts: number[] = [];
  readonly #firstBeatMs: number[] = [];
  readonly #closed: Record<string, number> = {};
  readonly #latenessMs: number[] = [];
  readonly #saidBye = new Set<number>();
  readonly #intervalMs: number;
  #totals = { opened: 0, beats: 0, doubled: 0, gaps: 0, beatsAfterBye: 0 };

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  async open(order: FleetOrder): Promise<void> {
    const startedAt = performance.now();
    for (let i = 0; i < order.clients; i++) {
      const dueMs = startedAt + (i * 1000) / order.perSecond - performance.now();
      if (dueMs > 1) await new Promise((resolve) => setTimeout(resolve, dueMs));
      this.#add(i, order);
    }
    await Promise.all(this.clients.map((client) => client.opened));
  }

  report(): FleetReport {
    const beatsPerClient: Record<number, number> = {};
    for (const count of this.#counts) beatsPerClient[count] = (beatsPerClient[count] ?? 0) + 1;
    return {
      ...this.#totals,
      byes: this.#saidBye.size,
      closed: this.#closed,
      latenessMs: this.#latenessMs,
      firstBeatMs: this.#firstBeatMs,
      beatsPerClient,
    };
  }

  #add(index: number, order: FleetOrder): void {
    this.#counts[index] = 0;
    let openedAt = Number.POSITIVE_INFINITY;
    const client = new RawClient(new URL(order.url), {
      pongDelayMs: order.pongDelayMs,
      onText: (text) => this.#onText(index, text, openedAt),
      onClose: (code) => {
        const key = code === undefined ? "none" : String(code);
        this.#closed[key] = (this.#closed[key] ?? 0) + 1;
      },
    });
    client.opened.then(
      () => {
        openedAt = performance.now();
        this.#totals.opened += 1;
      },
      () => undefined,
    );
    this.clients.push(client);
  }

  #onText(index: number, text: string, openedAt: number): void {
    const message = JSON.parse(text) as { ts?: string; type?: string };
    if (message.type === "bye") this.#saidBye.add(index);
    if (message.ts === undefined) return;
    const ts = Date.parse(message.ts);
    const previous = this.#lastTs[index];
    this.#totals.beats += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    if (this.#saidBye.has(index)) this.#totals.beatsAfterBye += 1;
    if (this.#latenessMs.length < SAMPLES_KEPT) this.#latenessMs.push(Date.now() - ts);
    if (previous === undefined) this.#firstBeatMs.push(performance.now() - openedAt);
    else if (ts === previous) this.#totals.doubled += 1;
    else if (ts - previous !== this.#intervalMs) this.#totals.gaps += 1;
    this.#lastTs[index] = ts;
  }
}

const fleet = new Fleet(Number(process.argv[2]));
process.on("message", (message: { open?: FleetOrder; report?: true }) => {
  if (message.open !== undefined) {
    fleet.open(message.open).then(
      () => process.send?.({ opened: true }),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  }
  if (message.report) process.send?.({ report: fleet.report() });
});
process.on("disconnect", () => process.exit());
