import { spawnSync } from "node:child_process";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createHeartbeatMetrics } from "../src/metrics.ts";

describe("the metrics", () => {
  it("are to promtool's liking, without a word", async () => {
    const metrics = createHeartbeatMetrics();
    metrics.latency.observe(0.02);
    const input = await metrics.registry.metrics();
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input,
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("exist at 0 from the start, each value of each label too; the missed counter has no label", async () => {
    const text = await createHeartbeatMetrics({ runtime: false }).registry.metrics();
    for (const series of [
      "app_heartbeats_sent_total 0",
      "app_heartbeats_received_total 0",
      "app_missed_heartbeats_total 0",
      'app_errors_total{where="beat"} 0',
      'app_connections_closed_total{cause="network_silent"} 0',
      'app_verdicts_vetoed_total{reason="stall"} 0',
      "app_heartbeat_latency_seconds_count 0",
      "app_active_connections 0",
    ]) {
      expect(text.split("\n")).toContain(series);
    }
  });

  it("take a registry and a prefix, so that they fit beside others", async () => {
    const registry = new Registry();
    createHeartbeatMetrics({ registry, prefix: "chat_", runtime: false });
    createHeartbeatMetrics({ registry, prefix: "game_", runtime: false });
    const text = await registry.metrics();
    expect(text).toContain("chat_heartbeats_sent_total 0");
    expect(text).toContain("game_heartbeats_sent_total 0");
  });

  it("count a histogram's values into cumulative buckets", async () => {
    const { registry, latency } = createHeartbeatMetrics({ runtime: false });
    for (const seconds of [0.001, 0.002, 0.3, 99]) latency.observe(seconds);
    const lines = (await registry.metrics()).split("\n");
    for (const [bound, count] of [
      ["0.001", 1],
      ["0.0025", 2],
      ["0.5", 3],
      ["10", 3],
      ["+Inf", 4],
    ]) {
      expect(lines).toContain(`app_heartbeat_latency_seconds_bucket{le="${bound}"} ${count}`);
    }
    expect(lines).toContain("app_heartbeat_latency_seconds_sum 99.303");
    registry.resetMetrics();
    expect(await registry.metrics()).toContain("app_heartbeat_latency_seconds_count 0");
  });
});
