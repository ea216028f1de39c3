import { expect, it } from "vitest";
import { FleetProcess } from "../bench/support/fleet-process.ts";
import { startServiceProcess } from "../bench/support/service-process.ts";

it("1,000 open connections each get a bye and close 1012, no beat is missed, and the process ends with 0 in time", async () => {
  const drainMs = 5_000;
  await using service = await startServiceProcess(["--interval", "1s", "--drain", `${drainMs}ms`]);
  await using fleet = new FleetProcess(1_000);
  await fleet.open({ url: service.wsUrl, clients: 1_000, perSecond: 1_000, pongDelayMs: 0 });

  const { code, tookMs } = await service.end("SIGTERM");
  const seen = await fleet.report();

  expect({ code, closed: seen.closed, byes: seen.byes }).toEqual({
    code: 0,
    closed: { 1012: 1_000 },
    byes: 1_000,
  });
  expect(seen.gaps + seen.doubled).toBe(0);
  expect(tookMs).toBeLessThan(drainMs);
});

it("a second signal ends the process at once", async () => {
  await using service = await startServiceProcess(["--drain", "60s"]);
  await using fleet = new FleetProcess(30_000);
  await fleet.open({ url: service.wsUrl, clients: 20, perSecond: 1_000, pongDelayMs: 0 });
  const draining = new Promise<void>((resolve) => {
    const look = (): void => {
      if (/drain/i.test(service.output().split("listening on")[1]?.split("\n").slice(2).join("\n") ?? ""))
        resolve();
    };
    service.child.stdout?.on("data", look);
    service.child.stderr?.on("data", look);
  });
  service.child.kill("SIGTERM");
  await draining;
  const { code, tookMs } = await service.end("SIGTERM");
  expect(code).not.toBe(0);
  expect(tookMs).toBeLessThan(5_000);
});
