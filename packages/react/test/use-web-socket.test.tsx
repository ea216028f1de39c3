// @vitest-environment jsdom
import { act, cleanup, render, screen } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useWebSocket } from "../src/index.ts";

const sockets: SilentWebSocket[] = [];

/** A WebSocket that never opens by itself. */
class SilentWebSocket {
  readonly url: string;
  binaryType = "";
  protocol = "";
  readyState = 0;
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose = null;
  onerror = null;

  constructor(url: string) {
    this.url = url;
    sockets.push(this);
  }

  send(): void {}

  close(): void {
    this.isClosed = true;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", SilentWebSocket);
  sockets.length = 0;
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function Page({ url }: { readonly url: string }) {
  const { heartbeats, lastHeartbeatAt, status, messages, send, reconnect } = useWebSocket({
    url,
    protocols: [],
  });
  const names = { send: typeof send, reconnect: typeof reconnect };
  return (
    <p>
      {JSON.stringify({
        status,
        beats: heartbeats.length,
        last: lastHeartbeatAt !== null,
        messages,
        ...names,
      })}
    </p>
  );
}

const shown = (): Record<string, unknown> => JSON.parse(screen.getByText(/status/).textContent ?? "{}");

it("has one socket under StrictMode, hears its beats, and leaves none behind", () => {
  const { unmount } = render(
    <StrictMode>
      <Page url="ws://one.test/ws" />
    </StrictMode>,
  );
  act(() => vi.advanceTimersByTime(20));
  expect(sockets).toHaveLength(1);
  expect(shown()).toEqual({
    status: "waiting",
    beats: 0,
    last: false,
    messages: [],
    send: "function",
    reconnect: "function",
  });
  act(() => {
    const [socket] = sockets;
    if (socket === undefined) throw new Error("nothing was dialled");
    socket.readyState = 1;
    socket.onopen?.();
    socket.onmessage?.({ data: '{"ts":"2024-01-15T10:30:00+00:00"}' });
    vi.advanceTimersByTime(20);
  });
  expect(shown()).toMatchObject({ status: "connected", beats: 1, last: true });
  unmount();
  act(() => vi.advanceTimersByTime(20));
  expect(sockets.map(({ isClosed }) => isClosed)).toEqual([true]);
  expect(vi.getTimerCount()).toBe(0);
});

it("is another connection for another address", () => {
  const { rerender } = render(<Page url="ws://one.test/ws" />);
  rerender(<Page url="ws://two.test/ws" />);
  act(() => vi.advanceTimersByTime(20));
  expect(sockets.map(({ url, isClosed }) => [new URL(url).host, isClosed])).toEqual([
    ["one.test", true],
    ["two.test", false],
  ]);
});
