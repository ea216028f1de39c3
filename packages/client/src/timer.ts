/** The owner of at most one running timeout: `set` replaces it, `clear` forgets it. */
export class Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  get isSet(): boolean {
    return this.#handle !== undefined;
  }

  /** Calls `action` once after `delayMs`, unless set or cleared before. */
  set(delayMs: number, action: () => void): void {
    this.clear();
    this.#handle = setTimeout(
      () => {
        this.#handle = undefined;
        action();
      },
      Math.max(0, delayMs),
    );
  }

  clear(): void {
    if (this.#handle !== undefined) clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}
