import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { repositoryRoot } from "../bench/support/repository-root.ts";
import { type ServiceProcess, startServiceProcess } from "../bench/support/service-process.ts";

interface Refusal {
  readonly status?: number | undefined;
  readonly code?: number;
  readonly sentence: string;
}

/** What a plain client is told: the HTTP status of a refused upgrade and its sentence. */
async function plainRefusal(url: string, options: { origin?: string } = {}): Promise<Refusal> {
  const socket = new WebSocket(url, options);
  socket.on("error", () => undefined);
  const [, response] = await once(socket, "unexpected-response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, sentence: body };
}

/** What a client that offered lubdub.v1 is told: an accepted upgrade and a close with the sentence. */
async function measuredRefusal(url: string, options: { origin?: string } = {}): Promise<Refusal> {
  const socket = new WebSocket(url, ["lubdub.v1"], options);
  const [code, reason] = await once(socket, "close");
  return { code, sentence: String(reason) };
}

/** Opens a plain connection, sends these frames, and resolves with the first error message or the close. */
async function answerTo(url: string, ...frames: (string | Buffer)[]): Promise<Refusal> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  const answer = new Promise<Refusal>((resolve) => {
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type?: string; code?: string; message?: string };
      if (message.type === "error") resolve({ sentence: `${message.code}: ${message.message}` });
    });
    socket.on("close", (code, reason) => resolve({ code, sentence: String(reason) }));
  });
  for (const frame of frames) socket.send(frame);
  const refusal = await answer;
  socket.terminate();
  return refusal;
}

async function commandLine(...flags: string[]): Promise<{ code: number | null; stderr: string }> {
  const bin = fileURLToPath(new URL("apps/service/bin/lubdub.mjs", repositoryRoot));
  const child = spawn(process.execPath, [bin, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const [code] = await once(child, "exit");
  return { code, stderr };
}

const SENTENCE = /[a-z].{8,}/i;

describe("every refusal answers with a sentence", () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await startServiceProcess(["--max-connections", "2", "--interval", "30s"]);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const said = (what: string, refusal: object): void => {
    process.stdout.write(`  ${what}: ${JSON.stringify(refusal)}\n`);
  };

  it("a foreign origin", async () => {
    const plain = await plainRefusal(service.wsUrl, { origin: "https://evil.example" });
    const measured = await measuredRefusal(service.wsUrl, { origin: "https://evil.example" });
    said("bad origin, plain", plain);
    said("bad origin, v1", measured);
    expect(plain.status).toBe(403);
    expect(measured.code).toBe(1008);
    expect(plain.sentence).toMatch(SENTENCE);
    expect(measured.sentence).toMatch(SENTENCE);
  });

  it.each(["session=1", "room=a%20b", "since=x", "standby=1"])(
    "a query that does not fit: %s",
    async (query) => {
      const plain = await plainRefusal(`${service.wsUrl}?${query}`);
      said(`bad query ${query}, plain`, plain);
      expect(plain.status).toBe(400);
      expect(plain.sentence).toContain(query.split("=", 1)[0]);
    },
  );

  it("a query that does not fit, told to a v1 client as 1008", async () => {
    const measured = await measuredRefusal(`${service.wsUrl}?room=a%20b`);
    said("bad query, v1", measured);
    expect(measured.code).toBe(1008);
    expect(measured.sentence).toContain("room");
  });

  it.each([
    ["bad JSON message", '{"type":"chat","id":"1"}', "bad_message"],
    ["unknown type", '{"type":"fly"}', "bad_message"],
    ["text too large", "x".repeat(20_000), "too_large"],
  ])("%s", async (what, frame, code) => {
    const refusal = await answerTo(service.wsUrl, frame);
    said(what, refusal);
    expect(refusal.sentence).toContain(`${code}: `);
    expect(refusal.sentence).toMatch(SENTENCE);
  });

  it("messages that come too fast", async () => {
    const refusal = await answerTo(service.wsUrl, ...Array.from({ length: 60 }, (_, i) => `m${i}`));
    said("too fast", refusal);
    expect(refusal.sentence).toContain("too_fast: ");
  });

  it.each([
    ["frame too large", "x".repeat(70_000), 1009],
    ["binary frame", Buffer.from([1, 2, 3]), 1003],
  ])("%s", async (what, frame, code) => {
    const refusal = await answerTo(service.wsUrl, frame);
    said(what, refusal);
    expect(refusal.code).toBe(code);
    expect(refusal.sentence).toMatch(SENTENCE);
  });

  it("a full house", async () => {
    const guests = [new WebSocket(service.wsUrl), new WebSocket(service.wsUrl)];
    await Promise.all(guests.map((guest) => once(guest, "open")));
    const plain = await plainRefusal(service.wsUrl);
    const measured = await measuredRefusal(service.wsUrl);
    said("full, plain", plain);
    said("full, v1", measured);
    expect(plain.status).toBe(503);
    expect(measured.code).toBe(1013);
    expect(plain.sentence).toMatch(SENTENCE);
    expect(measured.sentence).toMatch(SENTENCE);
    for (const guest of guests) guest.terminate();
  });

  it("a port in use", async () => {
    const { code, stderr } = await commandLine("serve", "--port", new URL(service.httpUrl).port);
    said("port in use", { code, stderr });
    expect(code).not.toBe(0);
    expect(stderr).toContain("--port");
  });

  it.each([
    [["--interval", "15 minutes"], "--interval must be from 200ms to 5m"],
    [["--answer-in", "20s", "--probe-in", "20s"], "--answer-in"],
    [["--port", "70000"], "--port"],
    [["--allow-origin", "example"], "--allow-origin"],
    [["--trust-proxy", "10.0.0.0/99"], "--trust-proxy"],
    [["--nonsense"], "--nonsense"],
  ])("a bad flag: %j", async (flags, expected) => {
    const { code, stderr } = await commandLine("serve", ...flags);
    said(`bad flag ${flags.join(" ")}`, { code, stderr });
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });
});
