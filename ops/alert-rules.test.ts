import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const read = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
const alerts = Array.from(read("lubdub.rules.yml").matchAll(/- alert: (\w+)/g), ([, name = ""]) => name);

/** What promtool says; throws with its output when it is not content. */
function promtool(...args: string[]): string {
  return execFileSync("promtool", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("the alert rules", () => {
  it("are valid, and Prometheus would load them", () => {
    expect(promtool("check", "rules", "lubdub.rules.yml")).toContain(`${alerts.length} rules found`);
    expect(promtool("check", "config", "prometheus.yml")).toContain("SUCCESS");
  });

  it("fire and stay silent as their tests say", () => {
    expect(promtool("test", "rules", "lubdub.rules.test.yml")).toContain("SUCCESS");
  });

  it.each(alerts)("%s has a test that fires it, one that does not, and a heading in the runbook", (alert) => {
    const cases = read("lubdub.rules.test.yml").split(/^ {2}- name: /m);
    const named = cases.filter((each) => each.startsWith(`${alert} `));
    expect(named.filter((each) => each.includes("exp_labels:")).length).toBeGreaterThan(0);
    expect(named.filter((each) => !each.includes("exp_labels:")).length).toBeGreaterThan(0);
    expect(read("runbook.md")).toContain(`\n## ${alert}\n`);
  });
});
