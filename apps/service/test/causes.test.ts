import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { parseConfig, type RunningService, startService } from "../src/index.ts";
import { ChatClient } from "./chat-client.ts";

const V1 = ["lubdub.v1"];
const SESSION = "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11";
const FAST = { interval: "400ms", answerIn: "100ms", probeIn: "100ms" };

interface Row {
  readonly connection: number;
  readonly state: string;
  readonly health: string;
  readonly cause: string | null;
  readonly networkMs: number | null;
  readonly pageMs: number | null;
}

interface Served extends AsyncDisposable {
  readonly service: RunningService;
  ws(query?: string): string;
  rows(query: string): Promise<Row[]>;
  /** Resolves with the rows once there are this many. */
  untilRows(query: string, count: number): Promise<Row[]>;
  text(path: string): Promise<string>;
}

async function serve(flags: Record<string, string> = FAST): Promise<Served> {
  const parsed = parseConfig({ port: "0", logLevel: "silent", drain: "1s", ...flags }, {});
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const service = await startService(parsed.config);
  const text = async (path: string) => (await fetch(`http://127.0.0.1:${service.port}${path}`)).text();
  const rows = async (query: string): Promise<Row[]> =>
    (JSON.parse(await text(`/api/connections?${query}`)) as { connections: Row[] }).connections;
  return {
    service,
    text,
    rows,
    ws: (query = "") => `ws://127.0.0.1:${service.port}/ws${query}`,
    async untilRows(query, count) {
      for (;;) {
        const found = await rows(query);
        if (found.length >= count) return found;
      }
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

/** Resolves when the client has heard this many heartbeats. */
async function beats(client: ChatClient, count: number): Promise<void> {
  const heard = () => client.heard.filter(({ ts, binary }) => ts !== undefined || binary !== undefined);
  while (heard().length < count) await once(client.socket, "message");
}

describe("connections that closed", () => {
  it("are listed with their cause, their code and their story", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws());
    await beats(client, 2);
    client.socket.close(1000);
    const [row] = await served.untilRows("state=closed", 1);
    expect(row).toMatchObject({ state: "closed", cause: "closed_by_client", code: 1000 });
    const { story } = JSON.parse(await served.text(`/api/connections/${row?.connection}`)) as {
      story: { kind: string; at: number }[];
    };
    const kinds = story.map(({ kind }) => kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(["opened", "closed"]);
    expect(kinds).toEqual(expect.arrayContaining(["beat", "answer"]));
    expect(Math.abs(Date.now() - (story.at(-1)?.at ?? 0))).toBeLessThan(60_000);
    expect(await served.rows("")).toEqual([]);
  });

  it("by a verdict are refined when the session returns and tells that the device slept", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    await beats(client, 1);
    client.socket.pause();
    const [row] = await served.untilRows("state=closed", 1);
    expect(row?.cause).toBe("network_silent");
    await using back = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    await back.hears({ type: "welcome" });
    const t0 = 1_000_000;
    back.say({ type: "report", t0, events: [{ kind: "slept", at: t0, detail: "60000" }] });
    await back.settles();
    expect((await served.rows("state=closed"))[0]?.cause).toBe("device_slept");
    const metrics = await served.text("/metrics");
    expect(metrics).toContain('app_connections_closed_total{cause="network_silent"} 1');
    expect(metrics).toContain('app_causes_refined_total{cause="device_slept"} 1');
    expect(metrics).toContain("app_false_deaths_total 0");
  });

  it("by a verdict count as false deaths when the client's socket saw the end at once", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    await beats(client, 1);
    client.socket.pause();
    await served.untilRows("state=closed", 1);
    await using back = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    await back.hears({ type: "welcome" });
    const t0 = 7_000_000;
    back.say({ type: "report", t0, events: [{ kind: "closed", at: t0 - 5, detail: "1006" }] });
    await back.settles();
    expect(await served.text("/metrics")).toContain("app_false_deaths_total 1");
  });

  it("elsewhere are filed as lost servers when the client comes here and tells", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    client.say({ type: "report", t0: 1_000, events: [{ kind: "closed", at: 900, detail: "1006" }] });
    await client.settles();
    expect(await served.text("/metrics")).toContain('app_causes_refined_total{cause="server_lost"} 1');
  });
});

describe("a measuring connection", () => {
  it("whose page hides is paused and keeps its chat; frozen, its chat waits until it runs again", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(), V1);
    await using speaker = await ChatClient.open(served.ws());
    await client.hears({ type: "replayed" });
    await beats(client, 1);
    client.say({ type: "page", state: "hidden" });
    await client.settles();
    expect(await served.rows("health=paused")).toHaveLength(1);
    speaker.say("while hidden");
    await client.hears({ text: "while hidden" });
    client.say({ type: "page", state: "frozen" });
    await client.settles();
    speaker.say("while frozen");
    await speaker.hears({ text: "while frozen" });
    await client.settles();
    expect(client.texts).toEqual(["while hidden"]);
    client.say({ type: "page", state: "visible" });
    await client.hears({ text: "while frozen" });
    expect(await served.rows("health=paused")).toEqual([]);
  });

  it("that stops to ack while its pings are answered is paused, and neither missed nor ended", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(), V1);
    await beats(client, 1);
    const { beat } = client.heard.find(({ ts }) => ts !== undefined) ?? {};
    client.say({ type: "ack", beat, t0: 1, page: "visible", skipped: 0, duplicates: 0, latencyMs: 1 });
    const [row] = await served.untilRows("health=paused", 1);
    expect(row).toMatchObject({ missed: 0, state: "open" });
  });

  it("has its delay split into network, page and server", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(), V1);
    await beats(client, 2);
    const { beat } = client.heard.filter(({ ts }) => ts !== undefined).at(-1) ?? {};
    client.say({ type: "ack", beat, t0: 1, page: "visible", skipped: 0, duplicates: 0 });
    await client.settles();
    const [row] = await served.rows("");
    expect(row?.networkMs).toBeGreaterThan(0);
    expect(row?.pageMs).toBeGreaterThanOrEqual(0);
  });
});
