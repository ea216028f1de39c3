/** Why a new connection is needed. */
export type LossKind = "network" | "server" | "crowded";

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const LEAST_LATER_MS = 200;
/** A full server is left alone for at least this long. */
const CROWDED_LEAST_MS = 5_000;

/**
 * How long to wait before an attempt, in ms. `failures` is the number of attempts that failed since the loss. The first
 * wait is short when our own network failed, and spread as the server announced when the server went, so that its
 * clients do not come back in one instant; later ones double, with full jitter. `random` yields 0 to 1.
 */
export function reconnectDelayMs(
  loss: LossKind,
  failures: number,
  spreadMs: number,
  random: () => number,
): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  if (loss === "crowded") return CROWDED_LEAST_MS + random() * (LONGEST_MS - CROWDED_LEAST_MS);
  if (failures > 0) return Math.max(LEAST_LATER_MS, random() * ceiling);
  return random() * (loss === "network" ? FIRST_MS : Math.max(FIRST_MS, spreadMs));
}
