/** The owner of at most one running timeout: `set` replaces it, `clear` forgets it. It never keeps the process alive. */
export class Timer {
  #handle: NodeJS.Timeout | undefined;

  /** Calls `action` once after `delayMs`, unless set or cleared before. */
  set(delayMs: number, action: () => void): void {
    this.clear();
    this.#handle = setTimeout(() => {
      this.#handle = undefined;
      action();
    }, delayMs).unref();
  }

  clear(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}
