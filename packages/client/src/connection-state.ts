/** Where a connection stands. Moments on the monotonic clock, in ms. */
export type ConnectionState =
  | { readonly phase: "connecting"; readonly attempt: number }
  | { readonly phase: "open"; readonly openedAt: number }
  | {
      readonly phase: "reconnecting";
      readonly attempt: number;
      /** When the next attempt begins; null while one is under way, or while no time is known for it. */
      readonly retryAt: number | null;
      readonly lostAt: number;
    }
  | { readonly phase: "closed"; readonly code: number; readonly reason: string };

/** What can happen to it. */
export type ConnectionEvent =
  | { readonly type: "dial" }
  | { readonly type: "opened"; readonly at: number }
  | { readonly type: "lost"; readonly at: number }
  | { readonly type: "retryPlanned"; readonly at: number | null; readonly now: number }
  | { readonly type: "closed"; readonly code: number; readonly reason: string };

export const INITIAL_STATE: ConnectionState = { phase: "connecting", attempt: 0 };

/** The state after an event. A connection that never was open is *connecting* until it gave up once. */
export function transition(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.type) {
    case "dial":
      if (state.phase === "connecting") return { ...state, attempt: state.attempt + 1 };
      if (state.phase === "reconnecting") return { ...state, attempt: state.attempt + 1, retryAt: null };
      return { phase: "connecting", attempt: 1 };
    case "opened":
      return { phase: "open", openedAt: event.at };
    case "lost":
      if (state.phase === "reconnecting") return state;
      return { phase: "reconnecting", attempt: 0, retryAt: null, lostAt: event.at };
    case "retryPlanned":
      if (state.phase === "reconnecting") return { ...state, retryAt: event.at };
      return { phase: "reconnecting", attempt: attemptsOf(state), retryAt: event.at, lostAt: event.now };
    case "closed":
      return { phase: "closed", code: event.code, reason: event.reason };
    default:
      return event satisfies never;
  }
}

function attemptsOf(state: ConnectionState): number {
  return state.phase === "connecting" || state.phase === "reconnecting" ? state.attempt : 0;
}
