/** Typed events. A listener that throws stops no other; its error is thrown again from a task of its own. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** Returns the way to stop: harmless twice, and after it the listener is never called. */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): () => void {
    const own = (event: Events[K]): void => listener(event);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(own));
    return () => {
      listeners.delete(own);
    };
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of (this.#listeners.get(name) ?? []) as Iterable<(event: Events[K]) => void>) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
