import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { FleetProcess } from "../bench/support/fleet-process.ts";
import { repositoryRoot } from "../bench/support/repository-root.ts";
import { type ServiceProcess, startServiceProcess } from "../bench/support/service-process.ts";

const FLAGS = ["--interval", "1s", "--answer-in", "300ms", "--probe-in", "300ms"];

/** Resolves right after the service has sent its next beat. */
async function nextBeat(service: ServiceProcess): Promise<void> {
  const socket = new WebSocket(service.wsUrl);
  await once(socket, "message");
  socket.close();
}

it("a service blocked for 3 s in an I/O callback just after a beat kills none of 200 clients that answer 150 ms late", async () => {
  const program = new URL("e2e/programs/stalling-service.mjs", repositoryRoot);
  await using service = await startServiceProcess(FLAGS, program);
  await using fleet = new FleetProcess(1_000);
  await fleet.open({ url: service.wsUrl, clients: 200, perSecond: 1_000, pongDelayMs: 150 });

  for (let round = 0; round < 2; round++) {
    await nextBeat(service);
    const stalled = once(service.child, "message");
    service.child.send({ stallMs: 3_000 });
    await stalled;
    await nextBeat(service);
    await nextBeat(service);
  }

  const metrics = await service.metrics();
  expect((await fleet.report()).closed).toEqual({});
  expect(metrics.value('app_connections_closed_total{cause="network_silent"}')).toBe(0);
  expect(metrics.value("app_detection_seconds_count")).toBe(0);
});

it("200 frozen clients among 400 are all found in time, terminated and counted; the others keep their beats", async () => {
  await using service = await startServiceProcess(FLAGS);
  await using frozen = new FleetProcess(1_000);
  await using healthy = new FleetProcess(1_000);
  const order = { url: service.wsUrl, clients: 200, perSecond: 1_000, pongDelayMs: 0 };
  await Promise.all([frozen.open(order), healthy.open(order)]);
  await nextBeat(service);

  const frozenAt = performance.now();
  frozen.child.kill("SIGSTOP");
  const boundMs = 1_000 + 300 + 2 * 300 + 1_000;
  let found = 0;
  while (found < 200 && performance.now() - frozenAt < boundMs + 5_000) {
    found = (await service.metrics()).value('app_connections_closed_total{cause="network_silent"}') ?? 0;
  }
  const foundInMs = performance.now() - frozenAt;
  frozen.child.kill("SIGCONT");

  const metrics = await service.metrics();
  expect(found).toBe(200);
  expect(foundInMs).toBeLessThan(boundMs);
  expect(metrics.value("app_missed_heartbeats_total")).toBe(200);
  expect(metrics.value("app_detection_seconds_count")).toBe(200);
  const alive = await healthy.report();
  expect(alive.closed).toEqual({});
  expect(alive.gaps + alive.doubled).toBe(0);
});
