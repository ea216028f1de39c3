/** The least time over which connections are sent away, in ms: a few of them need no spreading. */
const SHORTEST_MS = 200;
/** The share of the drain time that is left for closing handshakes and for what is still to be sent. */
const USED_SHARE = 0.8;
/** Room for retries and for clients that come a little early. */
const SPREAD_FACTOR = 1.1;
const SPREAD_LEAST_MS = 1_000;
const SPREAD_MOST_MS = 120_000;

/** The time over which this many clients come back without crowding a node, in ms, from 1 s to 2 min. */
export function reconnectSpreadMs(connections: number, acceptRate: number): number {
  const needed = (SPREAD_FACTOR * connections * 1_000) / acceptRate;
  return Math.round(Math.min(Math.max(needed, SPREAD_LEAST_MS), SPREAD_MOST_MS));
}

/** The moment for each of `count` connections to be closed, in ms from now, evenly spread and in random order. */
export function drainSlots(
  count: number,
  acceptRate: number,
  drainMs: number,
  random = Math.random,
): number[] {
  const needed = Math.max(SHORTEST_MS, (SPREAD_FACTOR * count * 1_000) / acceptRate);
  const windowMs = Math.min(needed, USED_SHARE * drainMs);
  const slots = Array.from({ length: count }, (_, i) => (windowMs * (i + 0.5)) / count);
  for (let i = slots.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swapped = slots[i] ?? 0;
    slots[i] = slots[j] ?? 0;
    slots[j] = swapped;
  }
  return slots;
}
