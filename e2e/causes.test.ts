import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { repositoryRoot } from "../bench/support/repository-root.ts";
import { type ServiceProcess, startServiceProcess } from "../bench/support/service-process.ts";
import { startProxy } from "./haproxy.ts";
import { runInNamespaces } from "./namespaces.ts";
import { RawChromium } from "./raw-chromium.ts";

interface ClosedRow {
  readonly cause: string;
  readonly code: number;
  readonly address: string;
  readonly idleTimeoutMs: number | null;
}

const FAST = ["--interval", "1s", "--answer-in", "300ms", "--probe-in", "300ms"];
const SESSION = "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11";
const matrix: string[] = [];

/** Resolves with the closed connections once there are this many, oldest first, and enters the first one's cause. */
async function closedRows(service: ServiceProcess, fault: string, count = 1): Promise<readonly ClosedRow[]> {
  for (;;) {
    const answer = await fetch(`${service.httpUrl}/api/connections?state=closed`);
    const { connections } = (await answer.json()) as { readonly connections: readonly ClosedRow[] };
    if (connections.length < count) continue;
    const metrics = await service.metrics();
    const [row] = connections.slice(-1);
    expect(metrics.value(`app_connections_closed_total{cause="${row?.cause}"}`)).toBeGreaterThan(0);
    enter(fault, row?.cause, row?.code);
    return connections;
  }
}

function enter(fault: string, cause: unknown, code: unknown): void {
  matrix.push(`${fault.padEnd(44)} ${String(cause).padEnd(24)} ${code}`);
}

async function open(url: string, protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols);
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}

afterAll(() => {
  process.stdout.write(
    `\n${"what happened".padEnd(44)} ${"cause of death".padEnd(24)} code\n${matrix.join("\n")}\n`,
  );
});

describe("the cause of death is right when", () => {
  it("the client closes", async () => {
    await using service = await startServiceProcess(FAST);
    (await open(service.wsUrl)).close(1000);
    expect(await closedRows(service, "the client closes")).toMatchObject([
      { cause: "closed_by_client", code: 1000 },
    ]);
  });

  it("the client's process is killed with -9", async () => {
    await using service = await startServiceProcess(FAST);
    const program = `import { WebSocket } from "ws"; new WebSocket("${service.wsUrl}").once("message", () => console.log("beaten"))`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    const rows = await closedRows(service, "the client's process is killed with -9");
    expect(rows).toMatchObject([{ cause: "closed_by_client", code: 1006 }]);
  });

  it("a black hole swallows the path", async () => {
    const row = await runInNamespaces("black-hole.mjs");
    enter("a black hole swallows the path", row.cause, row.code);
    expect(row).toMatchObject({ cause: "network_silent", code: 1006, address: "10.77.2.2" });
    expect(row.noticedMs).toBeLessThan(1_000 + 300 + 300 + 1_000 + 1_000);
  });

  it.concurrent("a proxy cuts what was idle for 10 s, from the third cut on, and the first two afterwards", async () => {
    await using service = await startServiceProcess(["--interval", "30s", "--trust-proxy", "127.0.0.1"]);
    await using proxy = await startProxy(Number(new URL(service.httpUrl).port), 10_000);
    for (let i = 0; i < 3; i++) {
      const socket = await open(`ws://127.0.0.1:${proxy.port}/ws`);
      await once(socket, "message");
    }
    const rows = await closedRows(service, "a proxy cuts after 10 s idle", 3);
    expect(rows.map(({ cause, code }) => [cause, code])).toEqual(
      Array.from({ length: 3 }, () => ["idle_timeout_suspected", 1006]),
    );
    for (const { idleTimeoutMs } of rows) expect(Math.abs((idleTimeoutMs ?? 0) - 10_000)).toBeLessThan(200);
  });

  it("the browser freezes the page", async () => {
    await using service = await startServiceProcess(FAST);
    await using chromium = await RawChromium.launch();
    const page = await chromium.openPage(service.httpUrl);
    await page.evaluate(`new Promise((resolve) => {
      window.told = [];
      for (const name of ["freeze", "resume"]) document.addEventListener(name, () => window.told.push(name));
      const look = () => document.querySelector("[data-connection=open]") ? resolve() : setTimeout(look, 20);
      look();
    })`);
    await (await chromium.openPage("about:blank")).activate();
    await page.send("Page.setWebLifecycleState", { state: "frozen" });
    await page.send("Page.setWebLifecycleState", { state: "active" });
    expect(await page.evaluate("window.told")).toEqual(["freeze", "resume"]);
    expect(await closedRows(service, "the browser freezes the page")).toMatchObject([
      { cause: "page_frozen" },
    ]);
  });

  it("the server stalls until the client has had enough", async () => {
    const program = new URL("e2e/programs/stalling-service.mjs", repositoryRoot);
    await using service = await startServiceProcess(FAST, program);
    const socket = await open(service.wsUrl);
    await once(socket, "message");
    const stalled = once(service.child, "message");
    service.child.send({ stallMs: 2_000 });
    // A client of its own mind: nothing for a while, so it cuts.
    setTimeout(() => socket.terminate(), 1_500);
    await stalled;
    expect(await closedRows(service, "the server stalls, the client cuts")).toMatchObject([
      { cause: "server_stalled", code: 1006 },
    ]);
  });

  it("the client does not read", async () => {
    await using service = await startServiceProcess(["--interval", "30s"]);
    const slow = connect(Number(new URL(service.wsUrl).port), "127.0.0.1");
    slow.write(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    await once(slow, "data");
    slow.pause();
    const speakers = await Promise.all(Array.from({ length: 24 }, () => open(service.wsUrl)));
    for (const speaker of speakers) for (let i = 0; i < 40; i++) speaker.send("x".repeat(16_000));
    expect(await closedRows(service, "the client does not read")).toMatchObject([{ cause: "slow_consumer" }]);
    for (const speaker of speakers) speaker.terminate();
    slow.destroy();
  });

  it("the client breaks a rule", async () => {
    await using service = await startServiceProcess(FAST);
    (await open(service.wsUrl)).send(Buffer.from([1, 2, 3]));
    expect(await closedRows(service, "the client sends a binary frame")).toMatchObject([
      { cause: "policy", code: 1003 },
    ]);
  });

  it("another connection takes the session over", async () => {
    await using service = await startServiceProcess(FAST);
    const url = `${service.wsUrl}?session=${SESSION}`;
    await open(url);
    await open(url);
    expect(await closedRows(service, "another connection takes over")).toMatchObject([
      { cause: "replaced", code: 4009 },
    ]);
  });

  it("the server drains", async () => {
    await using service = await startServiceProcess([...FAST, "--drain", "1s"]);
    await open(service.wsUrl);
    await fetch(`${service.httpUrl}/api/drain`, { method: "POST" });
    expect(await closedRows(service, "the server drains")).toMatchObject([{ cause: "drained", code: 1012 }]);
  });

  it.concurrent("the server closes what it does not need", async () => {
    await using service = await startServiceProcess(FAST);
    await open(`${service.wsUrl}?standby=1`, ["lubdub.v1"]);
    expect(await closedRows(service, "a standby connection is not claimed")).toMatchObject([
      { cause: "closed_by_server", code: 1000 },
    ]);
  });
});
