import type { PageState } from "@lubdub/protocol";

/** What a page can tell of itself. */
export type PageEvent =
  | "visible"
  | "hidden"
  | "frozen"
  | "resumed"
  | "online"
  | "offline"
  | "cached"
  | "restored";

interface EventSource {
  addEventListener(name: string, listener: (event: { persisted?: boolean }) => void): void;
  removeEventListener(name: string, listener: (event: { persisted?: boolean }) => void): void;
}

interface PageDocument extends EventSource {
  readonly visibilityState: string;
}

const page = globalThis as unknown as {
  readonly document?: PageDocument;
  readonly navigator?: { readonly onLine?: boolean };
} & Partial<EventSource>;

/** Whether the page is hidden; never outside a browser. */
export function isPageHidden(): boolean {
  return page.document?.visibilityState === "hidden";
}

/** Whether the browser knows that there is no network. */
export function isOffline(): boolean {
  return page.document !== undefined && page.navigator?.onLine === false;
}

export function pageState(): PageState {
  return isPageHidden() ? "hidden" : "visible";
}

/** Reports the page's lifecycle; does nothing outside a browser. Returns the way to stop. */
export function watchPage(report: (event: PageEvent) => void): () => void {
  const { document } = page;
  if (document === undefined || page.addEventListener === undefined) return () => undefined;
  const window = page as EventSource;
  const stops = [
    listen(document, "visibilitychange", () => report(isPageHidden() ? "hidden" : "visible")),
    listen(document, "freeze", () => report("frozen")),
    listen(document, "resume", () => report("resumed")),
    listen(window, "online", () => report("online")),
    listen(window, "offline", () => report("offline")),
    listen(window, "pagehide", ({ persisted }) => persisted && report("cached")),
    listen(window, "pageshow", ({ persisted }) => persisted && report("restored")),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function listen(
  source: EventSource,
  name: string,
  listener: (event: { persisted?: boolean }) => void,
): () => void {
  source.addEventListener(name, listener);
  return () => source.removeEventListener(name, listener);
}
