type Listener = () => void;

/** Beats arrive on the second; a page that is busy writing times at that moment would measure its own delay, in ms. */
const AFTER_THE_SECOND_MS = 100;

const listeners = new Set<Listener>();
let timeout: ReturnType<typeof setTimeout> | undefined;

function isHidden(): boolean {
  return typeof document !== "undefined" && document.visibilityState === "hidden";
}

function arm(): void {
  if (timeout !== undefined || listeners.size === 0 || isHidden()) return;
  timeout = setTimeout(
    () => {
      timeout = undefined;
      for (const listener of listeners) listener();
      arm();
    },
    1_000 - ((Date.now() - AFTER_THE_SECOND_MS) % 1_000),
  );
}

function onVisibility(): void {
  if (isHidden()) return;
  for (const listener of listeners) listener();
  arm();
}

/**
 * Calls the listener once a second, just after the second's edge: one timer for everything on the page that shows a time. It stands
 * still while the page is hidden and while nobody listens. Returns the way to stop.
 */
export function onTick(listener: Listener): () => void {
  const own = (): void => listener();
  if (listeners.size === 0 && typeof document !== "undefined") {
    document.addEventListener("visibilitychange", onVisibility);
  }
  listeners.add(own);
  arm();
  return () => {
    if (!listeners.delete(own) || listeners.size > 0) return;
    clearTimeout(timeout);
    timeout = undefined;
    if (typeof document !== "undefined") document.removeEventListener("visibilitychange", onVisibility);
  };
}
