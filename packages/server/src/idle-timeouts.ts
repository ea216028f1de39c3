/** A connection that was cut without a close frame. */
export interface IdleCut {
  /** Where it came from: an address prefix, or the proxy that forwarded it. */
  readonly place: string;
  /** How long nothing had been sent or received on it, in ms. */
  readonly idleMs: number;
  /** When, on the monotonic clock, in ms. */
  readonly at: number;
}

/** As many cuts after the same idle time make a timeout. */
const NEEDED = 3;
/** What "the same" means: within 2 %. */
const TOLERANCE = 0.02;
/** Cuts closer together than this have one common cause, in ms: a proxy that restarts cuts everybody at once. */
const APART_MS = 100;
/** Shorter idle times are chance, in ms. */
const SHORTEST_MS = 1_000;
const KEPT_PER_PLACE = 16;
const PLACES_KEPT = 1_000;

/** Recognises the proxy or NAT that cuts idle connections: the same idle age, again and again, from the same place. */
export class IdleTimeouts {
  readonly #places = new Map<string, IdleCut[]>();

  /** Enters a cut. Returns the timeout it confirms, in ms: the mean of the idle times that agree; undefined when none. */
  note(cut: IdleCut): number | undefined {
    if (cut.idleMs < SHORTEST_MS) return undefined;
    const earlier = this.#cutsOf(cut.place);
    const same = earlier.filter(({ idleMs }) => Math.abs(idleMs - cut.idleMs) <= TOLERANCE * cut.idleMs);
    if (!earlier.some(({ at }) => Math.abs(cut.at - at) < APART_MS)) {
      earlier.push(cut);
      if (earlier.length > KEPT_PER_PLACE) earlier.shift();
    }
    const apart = same.filter(({ at }) => Math.abs(cut.at - at) >= APART_MS);
    if (apart.length < NEEDED - 1) return undefined;
    const ages = [...same, cut].map(({ idleMs }) => idleMs);
    return ages.reduce((sum, each) => sum + each, 0) / ages.length;
  }

  /** The cuts of a place; the place that was longest without one makes room for a new one. */
  #cutsOf(place: string): IdleCut[] {
    const cuts = this.#places.get(place) ?? [];
    this.#places.delete(place);
    this.#places.set(place, cuts);
    const [oldest] = this.#places.keys();
    if (this.#places.size > PLACES_KEPT && oldest !== undefined) this.#places.delete(oldest);
    return cuts;
  }
}
