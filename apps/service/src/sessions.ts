import { randomUUID } from "node:crypto";
import { LIMITS } from "@lubdub/protocol";
import { fromOfSession } from "./from.ts";

/** What survives a connection. `M` is what stands for an open connection. */
export class Session<M> {
  /** A secret: whoever holds it may resume the session. */
  readonly id: string;
  readonly from: string;
  readonly #offsets = new Map<string, string>();
  #holder: M | undefined;
  #closedAt: number | undefined;

  constructor(id: string) {
    this.id = id;
    this.from = fromOfSession(id);
  }

  /** The open connection of the session. */
  get holder(): M | undefined {
    return this.#holder;
  }

  /** When its last connection ended, on the monotonic clock; undefined while one is open. */
  get closedAt(): number | undefined {
    return this.#closedAt;
  }

  /** Makes a connection the session's; returns the one it takes over from. */
  attach(holder: M): M | undefined {
    const previous = this.#holder;
    this.#holder = holder;
    this.#closedAt = undefined;
    return previous === holder ? undefined : previous;
  }

  /** A connection ended. False when it was not the session's any more. */
  detach(holder: M, now: number): boolean {
    if (this.#holder !== holder) return false;
    this.#holder = undefined;
    this.#closedAt = now;
    return true;
  }

  /** The offset of the message that was sent under this id; undefined when there was none. */
  offsetOf(id: string): string | undefined {
    return this.#offsets.get(id);
  }

  /** Remembers an id; the oldest of too many is forgotten. */
  remember(id: string, offset: string): void {
    this.#offsets.set(id, offset);
    if (this.#offsets.size <= LIMITS.rememberedIds) return;
    const [oldest] = this.#offsets.keys();
    if (oldest !== undefined) this.#offsets.delete(oldest);
  }
}

export interface SessionsOptions {
  /** How long a closed session is kept, in ms. */
  readonly sessionKeepMs: number;
  /** Sessions that are kept, open ones included. */
  readonly maxSessions: number;
  /** The monotonic clock, in ms. */
  now(): number;
}

/** The sessions of this process, within bounds: closed ones in the order in which they closed. */
export class Sessions<M> {
  readonly #options: SessionsOptions;
  readonly #open = new Map<string, Session<M>>();
  readonly #closed = new Map<string, Session<M>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size + this.#closed.size;
  }

  /** The session of this id, in its lower-case form; a new one when there is none, or when no id is given. */
  enter(id: string | undefined): { readonly session: Session<M>; readonly resumed: boolean } {
    const key = id?.toLowerCase() ?? randomUUID();
    const known = this.#open.get(key) ?? this.#closed.get(key);
    const session = known ?? new Session<M>(key);
    this.#closed.delete(key);
    this.#open.set(key, session);
    this.#bound();
    return { session, resumed: known !== undefined };
  }

  /** Whether a session of this id is known. */
  has(id: string): boolean {
    const key = id.toLowerCase();
    return this.#open.has(key) || this.#closed.has(key);
  }

  /** A connection of the session ended. */
  leave(session: Session<M>, holder: M): void {
    if (!session.detach(holder, this.#options.now())) return;
    this.#open.delete(session.id);
    this.#closed.set(session.id, session);
    this.#bound();
  }

  /** Forgets the sessions that were closed for too long. */
  sweep(): void {
    const oldest = this.#options.now() - this.#options.sessionKeepMs;
    for (const session of this.#closed.values()) {
      if (session.closedAt === undefined || session.closedAt > oldest) return;
      this.#closed.delete(session.id);
    }
  }

  #bound(): void {
    for (const id of this.#closed.keys()) {
      if (this.size <= this.#options.maxSessions) return;
      this.#closed.delete(id);
    }
  }
}
