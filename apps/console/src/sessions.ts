import { type Connection, connect } from "@lubdub/client";

/** A session of this page. */
export interface PageSession {
  readonly id: string;
  readonly title: string;
  readonly connection: Connection;
}

interface Remembered {
  readonly id: string;
  readonly room: string;
}

const KEY = "lubdub:sessions";
const FIRST: readonly Remembered[] = [{ id: "1", room: "lobby" }];
/** A removed session can be brought back for this long, in ms. */
const UNDO_MS = 6_000;

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null) return false;
  const { id, room } = value as Partial<Record<keyof Remembered, unknown>>;
  return typeof id === "string" && typeof room === "string";
}

function recall(): readonly Remembered[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return Array.isArray(value) && value.every(isRemembered) ? value : FIRST;
  } catch {
    return FIRST;
  }
}

/** The sessions of this page: a store outside React. They survive a reload, each with its own session id. */
export class PageSessions {
  readonly #endpoint: string;
  readonly #listeners = new Set<() => void>();
  #sessions: readonly PageSession[] = [];
  #removed: { readonly session: PageSession; readonly place: number; readonly timeout: number } | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.#sessions = recall().map((each) => this.#open(each));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSessions = (): readonly PageSession[] => this.#sessions;

  /** The session that was removed last, while that can be undone. */
  readonly getRemoved = (): PageSession | undefined => this.#removed?.session;

  add(room: string): void {
    const id = String(1 + Math.max(0, ...this.#sessions.map((session) => Number(session.id))));
    this.#set([...this.#sessions, this.#open({ id, room })]);
  }

  /** Takes a session off the page; its connection closes when that can't be undone any more. */
  remove(id: string): void {
    this.#forgetRemoved();
    const place = this.#sessions.findIndex((session) => session.id === id);
    const session = this.#sessions[place];
    if (session === undefined) return;
    const timeout = window.setTimeout(() => this.#forgetRemoved(), UNDO_MS);
    this.#removed = { session, place, timeout };
    this.#set(this.#sessions.filter((each) => each !== session));
  }

  undoRemove(): void {
    if (this.#removed === undefined) return;
    const { session, place, timeout } = this.#removed;
    clearTimeout(timeout);
    this.#removed = undefined;
    this.#set(this.#sessions.toSpliced(place, 0, session));
  }

  #forgetRemoved(): void {
    if (this.#removed === undefined) return;
    clearTimeout(this.#removed.timeout);
    this.#removed.session.connection.close();
    sessionStorage.removeItem(keyOf(this.#removed.session.id));
    this.#removed = undefined;
    this.#tell();
  }

  #open({ id, room }: Remembered): PageSession {
    const connection = connect({ url: this.#endpoint, room, sessionKey: keyOf(id) });
    return { id, title: room, connection };
  }

  #set(sessions: readonly PageSession[]): void {
    this.#sessions = sessions;
    const remembered = sessions.map(({ id, title: room }): Remembered => ({ id, room }));
    sessionStorage.setItem(KEY, JSON.stringify(remembered));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function keyOf(id: string): string {
  return `lubdub:session:${id}`;
}
