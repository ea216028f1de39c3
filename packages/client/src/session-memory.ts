interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The page's own storage; undefined where there is none or where the browser forbids it. */
function pageStorage(): TextStorage | undefined {
  try {
    return (globalThis as { sessionStorage?: TextStorage }).sessionStorage;
  } catch {
    return undefined;
  }
}

/** Keeps a session's id over a reload of the page, where there is a page. */
export class SessionMemory {
  readonly #key: string | null;
  #session: string | undefined;

  /** `key`: the name in the page's session storage; null keeps it in this object only. */
  constructor(key: string | null, session: string | undefined) {
    this.#key = key;
    this.#session = session ?? this.#read();
  }

  get session(): string | undefined {
    return this.#session;
  }

  set session(session: string | undefined) {
    if (session === this.#session) return;
    this.#session = session;
    try {
      if (this.#key === null) return;
      if (session === undefined) pageStorage()?.removeItem(this.#key);
      else pageStorage()?.setItem(this.#key, session);
    } catch {
      // The storage is full or forbidden: the session lives as long as the page.
    }
  }

  #read(): string | undefined {
    try {
      return this.#key === null ? undefined : (pageStorage()?.getItem(this.#key) ?? undefined);
    } catch {
      return undefined;
    }
  }
}
