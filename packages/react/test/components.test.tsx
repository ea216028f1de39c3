// @vitest-environment jsdom
import { monotonicMs } from "@lubdub/client";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { Profiler, StrictMode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GlobalHeartbeatDashboard, HeartbeatMonitor, SessionCard } from "../src/index.ts";
import { FakeConnection, record } from "./fake-connection.ts";

afterEach(cleanup);

const textOf = (part: string): string => document.querySelector(`[data-part=${part}]`)?.textContent ?? "";
const root = (name: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(`.lub-${name}`);
  if (found === null) throw new Error(`no ${name}`);
  return found;
};

describe("HeartbeatMonitor", () => {
  it("takes the four values that a page has always had", () => {
    const onRefresh = vi.fn();
    const lastHeartbeatAt = new Date(Date.now() - 12_000);
    const heartbeats: { timestamp: Date; latency: number }[] = [
      { timestamp: new Date(Date.now() - 42_000), latency: 50 },
      { timestamp: lastHeartbeatAt, latency: 30 },
    ];
    render(
      <HeartbeatMonitor
        heartbeats={heartbeats}
        lastHeartbeatAt={lastHeartbeatAt}
        status="connected"
        onRefresh={onRefresh}
      />,
    );
    expect(root("monitor").dataset).toMatchObject({ status: "connected", connection: "open" });
    expect(screen.getByText("Healthy")).toBeTruthy();
    expect(screen.getByText("Average latency").parentElement?.textContent).toContain("40 ms");
    expect(textOf("timeline")).toMatch(/30 ms12 s ago.*50 ms4[12] s ago/);
    fireEvent.click(screen.getByRole("button", { name: "Reconnect" }));
    expect(onRefresh).toHaveBeenCalledOnce();
  });

  it.each([
    ["connected", "Healthy"],
    ["warning", "Warning"],
    ["error", "Error"],
    ["waiting", "Waiting for first beat"],
    ["paused", "Paused"],
    ["somethingNew", "somethingNew"],
  ])("says %s in words", (status, word) => {
    render(
      <HeartbeatMonitor heartbeats={[]} lastHeartbeatAt={null} status={status} onRefresh={() => undefined} />,
    );
    expect(screen.getByText(word)).toBeTruthy();
    expect(root("monitor").dataset.status).toBe(status);
  });

  it("shows nothing known as a dash: no NaN, no negative age, no zero that was never measured", () => {
    const future = new Date(Date.now() + 3_600_000);
    const heartbeats = [{ timestamp: future, latency: Number.NaN }];
    const { rerender } = render(
      <HeartbeatMonitor
        heartbeats={[]}
        lastHeartbeatAt={null}
        status="waiting"
        onRefresh={() => undefined}
      />,
    );
    expect(screen.getByText("Average latency").parentElement?.textContent).toContain("— ms");
    rerender(
      <HeartbeatMonitor
        heartbeats={heartbeats}
        lastHeartbeatAt={future}
        status="connected"
        onRefresh={() => undefined}
      />,
    );
    expect(root("monitor").textContent).not.toMatch(/NaN|-\d/);
    expect(textOf("timeline")).toContain("just now");
  });

  it("shows progress to the next beat, from the last one to two intervals, and how late it is", () => {
    const connection = new FakeConnection({ heartbeats: [record({ receivedAt: monotonicMs() - 12_000 })] });
    render(<HeartbeatMonitor connection={connection} />);
    const bar = screen.getByRole("progressbar");
    expect(Number(bar.getAttribute("aria-valuenow"))).toBeCloseTo(12, 0);
    expect([bar.getAttribute("aria-valuemin"), bar.getAttribute("aria-valuemax")]).toEqual(["0", "60"]);
    expect(bar.getAttribute("aria-valuetext")).toMatch(/^Next heartbeat expected at \d\d:\d\d:\d\d$/);
    expect(textOf("runway")).toContain("in 18 s");
    connection.change({ heartbeats: [record({ receivedAt: monotonicMs() - 34_500 })], health: "warning" });
    expect(textOf("runway")).toContain("overdue 4 s");
    connection.change({ state: { phase: "reconnecting", attempt: 1, retryAt: null, lostAt: 0 } });
    expect(bar.hasAttribute("aria-valuenow")).toBe(false);
  });

  it("gives beats that never came rows of their own, and counts them", () => {
    render(
      <HeartbeatMonitor
        connection={new FakeConnection({ heartbeats: [record(), record({ skipped: 2 })] })}
      />,
    );
    expect(textOf("timeline")).toContain("missed 2 beats");
    expect(screen.getByText("Heartbeats").parentElement?.textContent).toMatch(/1,284.*3 missed/);
    expect(screen.getByText("On time").parentElement?.textContent).toContain("50.0 %");
    expect(screen.getByRole("img").getAttribute("aria-label")).toBe("The last 2 heartbeats, 2 missed");
  });

  it("writes ages once a second without rendering", () => {
    vi.useFakeTimers();
    try {
      const renders = vi.fn();
      const connection = new FakeConnection();
      render(
        <Profiler id="monitor" onRender={renders}>
          <HeartbeatMonitor connection={connection} />
        </Profiler>,
      );
      renders.mockClear();
      vi.advanceTimersByTime(12_000);
      expect(textOf("timeline")).toMatch(/1[12] s ago/);
      expect(renders).not.toHaveBeenCalled();
      cleanup();
      expect([vi.getTimerCount(), connection.listeners.size]).toEqual([0, 0]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("SessionCard", () => {
  const message = {
    id: "1",
    from: "someone",
    text: "hello",
    at: new Date(),
    offset: "1-1",
    own: false,
    state: "delivered" as const,
  };

  it("has two tabs for mouse and keyboard, and shows one panel", () => {
    render(<SessionCard connection={new FakeConnection()} />);
    const chat = screen.getByRole("tab", { name: "Chat" });
    const heartbeat = screen.getByRole("tab", { name: "Heartbeat" });
    expect(chat.getAttribute("aria-selected")).toBe("true");
    fireEvent.click(heartbeat);
    expect(heartbeat.getAttribute("aria-selected")).toBe("true");
    expect(screen.getAllByRole("tabpanel")).toHaveLength(1);
    expect(within(screen.getByRole("tabpanel")).getByText("Average latency")).toBeTruthy();
  });

  it("counts what was not read while the heartbeat is looked at, and forgets it when the chat is", () => {
    const connection = new FakeConnection();
    render(<SessionCard connection={connection} />);
    fireEvent.click(screen.getByRole("tab", { name: "Heartbeat" }));
    connection.change({ messages: [message, { ...message, id: "2" }, { ...message, id: "3", own: true }] });
    expect(screen.getByRole("tab", { name: /Chat/ }).textContent).toBe("Chat2 unread");
    fireEvent.click(screen.getByRole("tab", { name: /Chat/ }));
    expect(screen.getByRole("tab", { name: /Chat/ }).textContent).toBe("Chat");
  });

  it("shows on the heartbeat's tab that something is wrong, and on its root what", () => {
    render(<SessionCard connection={new FakeConnection({ health: "warning" })} />);
    expect(screen.getByRole("tab", { name: /Heartbeat/ }).textContent).toBe("Heartbeat Warning");
    expect(root("card").dataset).toMatchObject({ status: "warning", connection: "open", tone: "warn" });
  });

  it("pulses with each beat", () => {
    const connection = new FakeConnection({ heartbeats: [] });
    render(<SessionCard connection={connection} />);
    expect(document.querySelector("[data-beating]")).toBeNull();
    connection.change({ heartbeats: [record()] });
    expect(document.querySelector("[data-beating]")).not.toBeNull();
  });

  it("sends what is written, also while the connection is away, and says when the next try comes", () => {
    const state = { phase: "reconnecting", attempt: 2, retryAt: monotonicMs() + 4_000, lostAt: 0 } as const;
    const connection = new FakeConnection({ state, health: "error" });
    render(<SessionCard connection={connection} />);
    expect(screen.getAllByText("Reconnecting, try 3").length).toBeGreaterThan(0);
    expect(screen.getByText(/Next try in/).textContent).toBe("Connection lost. Next try in 4 s");
    fireEvent.click(screen.getByRole("button", { name: "Retry now" }));
    fireEvent.change(screen.getByRole("textbox", { name: "Message" }), { target: { value: "later" } });
    fireEvent.click(screen.getByRole("button", { name: "Send" }));
    expect(connection.asked).toEqual(["retryNow", "send later"]);
    expect(screen.getByRole("textbox", { name: "Message" })).toHaveProperty("value", "");
  });

  it("names the end and offers to begin anew", () => {
    const state = {
      phase: "closed",
      code: 4009,
      reason: "the session was taken over by a newer connection",
    } as const;
    const connection = new FakeConnection({ state, health: "error" });
    render(<SessionCard connection={connection} />);
    expect(screen.getByText("Closed: the session was taken over by a newer connection (4009).")).toBeTruthy();
    fireEvent.click(screen.getAllByRole("button", { name: "Reconnect" }).at(-1) as HTMLElement);
    expect(connection.asked).toEqual(["reconnect"]);
  });

  it("is removed only where somebody takes it", () => {
    const onRemove = vi.fn();
    const { rerender } = render(<SessionCard connection={new FakeConnection()} />);
    expect(screen.queryByRole("button", { name: "Remove session" })).toBeNull();
    rerender(<SessionCard connection={new FakeConnection()} onRemove={onRemove} />);
    fireEvent.click(screen.getByRole("button", { name: "Remove session" }));
    expect(onRemove).toHaveBeenCalledOnce();
  });
});

describe("GlobalHeartbeatDashboard", () => {
  const sessions = (...connections: FakeConnection[]) =>
    connections.map((connection, i) => ({ id: `s${i}`, connection }));

  it.each([
    ["Healthy", "2 of 2 sessions healthy", [{}, {}]],
    ["Degraded", "1 of 2 sessions late", [{ health: "warning" as const }, {}]],
    ["Error", "1 of 2 sessions in error", [{ health: "error" as const }, {}]],
    ["Waiting", "No session has had a heartbeat yet.", [{ health: "waiting" as const }]],
    ["No sessions", "Add one to see its heartbeat.", []],
  ])("judges all sessions together: %s, %s", (word, why, changes) => {
    render(
      <GlobalHeartbeatDashboard
        connections={sessions(...changes.map((change) => new FakeConnection(change)))}
      />,
    );
    expect(screen.getByRole("heading", { level: 2 }).textContent).toBe(word);
    expect(screen.getByText(why)).toBeTruthy();
  });

  it("adds up what the sessions have, and puts the worst first", () => {
    const one = new FakeConnection({ averageLatency: 40, room: "calm" });
    const two = new FakeConnection({ averageLatency: 80, health: "warning", room: "late" });
    render(<GlobalHeartbeatDashboard connections={sessions(one, two)} />);
    const figure = (name: string): string => screen.getByText(name).parentElement?.textContent ?? "";
    expect(figure("Open")).toContain("2 / 2");
    expect(figure("Average latency")).toMatch(/60 ms.*worst 80 ms/);
    expect(figure("Heartbeats")).toContain("2,568");
    expect(figure("Missed")).toContain("6");
    const rows = screen.getAllByRole("listitem").map((row) => row.textContent);
    expect([rows[0]?.includes("late"), rows[1]?.includes("calm")]).toEqual([true, true]);
    expect(screen.getAllByRole("progressbar")).toHaveLength(2);
  });

  it("leaves a session alone when another one has a beat", () => {
    const renders = { one: vi.fn(), two: vi.fn() };
    const [one, two] = [new FakeConnection(), new FakeConnection()];
    render(
      <StrictMode>
        <Profiler id="one" onRender={renders.one}>
          <SessionCard connection={one} />
        </Profiler>
        <Profiler id="two" onRender={renders.two}>
          <SessionCard connection={two} />
        </Profiler>
      </StrictMode>,
    );
    renders.one.mockClear();
    renders.two.mockClear();
    for (let i = 0; i < 20; i++) one.change({ heartbeats: [record()] });
    expect(renders.one).toHaveBeenCalledTimes(20);
    expect(renders.two).not.toHaveBeenCalled();
  });
});
