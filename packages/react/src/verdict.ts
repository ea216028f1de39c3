import type { ConnectionSnapshot, ConnectionState } from "@lubdub/client";
import type { Health } from "@lubdub/protocol";

/** The colour of a verdict; its glyph and its word say the same without colour. */
export type Tone = "ok" | "warn" | "err" | "info" | "idle";
export type Glyph = "check" | "triangle" | "octagon" | "ring" | "dots" | "pause";

export interface Verdict {
  readonly tone: Tone;
  readonly glyph: Glyph;
  readonly word: string;
}

const BY_HEALTH: Readonly<Record<Health, Verdict>> = {
  connected: { tone: "ok", glyph: "check", word: "Healthy" },
  warning: { tone: "warn", glyph: "triangle", word: "Warning" },
  error: { tone: "err", glyph: "octagon", word: "Error" },
  waiting: { tone: "idle", glyph: "dots", word: "Waiting for first beat" },
  paused: { tone: "idle", glyph: "pause", word: "Paused" },
};

/** Health in glyph and word. A status it does not know is shown as it is, never as healthy. */
export function verdictOfHealth(health: Health | string): Verdict {
  return (
    (BY_HEALTH as Readonly<Record<string, Verdict>>)[health] ?? { tone: "idle", glyph: "dots", word: health }
  );
}

/** Connection and health in one verdict: the worse of the two. */
export function verdictOf({ state, health }: Pick<ConnectionSnapshot, "state" | "health">): Verdict {
  switch (state.phase) {
    case "open":
      return verdictOfHealth(health);
    case "connecting":
      return { tone: "info", glyph: "ring", word: "Connecting" };
    case "reconnecting":
      if (health === "paused") return verdictOfHealth(health);
      return { tone: "info", glyph: "ring", word: `Reconnecting, try ${tries(state)}` };
    case "closed":
      return state.code === 1000
        ? { tone: "idle", glyph: "pause", word: "Closed" }
        : { tone: "err", glyph: "octagon", word: `Closed ${state.code}` };
    default:
      return state satisfies never;
  }
}

/** The attempt that is under way, or that comes next. */
export function tries(state: Extract<ConnectionState, { phase: "reconnecting" }>): number {
  return state.retryAt === null ? Math.max(1, state.attempt) : state.attempt + 1;
}

/** How bad a verdict is; the worst of several comes first. */
export function severity({ tone }: Verdict): number {
  return ["err", "warn", "info", "idle", "ok"].indexOf(tone);
}
