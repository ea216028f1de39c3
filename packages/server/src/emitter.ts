/** Typed events. A listener that throws is reported and never stops the others. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Returns the way to stop: harmless twice, and after it the listener is never called. */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    const own = (event: Events[K]): void => listener(event);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    const listeners = this.#listeners.get(name) as Set<(event: Events[K]) => void> | undefined;
    for (const listener of listeners ?? []) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
