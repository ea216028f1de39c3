import { describe, expect, it } from "vitest";
import { type Order, readCommandLine } from "../src/command-line.ts";
import { flagOf, settingKeys, variableOf } from "../src/settings.ts";

const read = (line: string, env: NodeJS.ProcessEnv = {}): Order =>
  readCommandLine(line === "" ? [] : line.split(" "), env, "1.2.3");

const problemsOf = (line: string, env: NodeJS.ProcessEnv = {}): readonly string[] => {
  const order = read(line, env);
  return order.kind === "refuse" ? order.problems : [];
};

describe("the command line", () => {
  it.each([
    ["serve --port 0 --interval 2s"],
    ["--port 0 --interval 2s"],
    ["--port=0 --interval=2s"],
    ["serve --port 9 --interval 2s --port 0"],
  ])("%s serves", (line) => {
    expect(read(line)).toMatchObject({ kind: "serve", config: { port: 0, intervalMs: 2_000 } });
  });

  it("serves by default, with what the environment says", () => {
    expect(read("", { LUBDUB_PORT: "0" })).toMatchObject({ kind: "serve", config: { port: 0 } });
  });

  it("takes lists repeated and comma separated", () => {
    const line =
      "--trust-proxy ::1 --trust-proxy 10.0.0.0/8,192.0.2.1 --allow-origin https://a.example --allow-origin https://b.example";
    expect(read(line)).toMatchObject({
      config: {
        trustProxies: ["::1", "10.0.0.0/8", "192.0.2.1"],
        allowOrigins: ["https://a.example", "https://b.example"],
      },
    });
  });

  it("refuses all mistakes at once, unknown flags and words too", () => {
    expect(problemsOf("serve now --intervall 5s --port 70000 --nonsense --drain")).toEqual([
      '"now" is no command: lubdub knows serve',
      "--intervall is no flag of lubdub serve; did you mean --interval?",
      "--nonsense is no flag of lubdub serve; lubdub --help lists them",
      '--port must be a whole number from 0 to 65535, got "70000"',
      "--drain must be from 100ms to 10m, got nothing",
    ]);
  });

  it.each([
    ["bogus", '"bogus" is no command: lubdub knows serve'],
    ["-x", "-x is no flag of lubdub serve; lubdub --help lists them"],
    ["--prot=1", "--prot is no flag of lubdub serve; did you mean --port?"],
    ["--port -1", '--port must be a whole number from 0 to 65535, got "-1"'],
  ])("refuses %s", (line, sentence) => expect(problemsOf(line)).toEqual([sentence]));

  it("never prints a secret, not even a refused one", () => {
    expect(problemsOf("--admin-token hunter2").join()).not.toContain("hunter2");
  });

  it("prints the version", () => {
    expect(read("--version")).toEqual({ kind: "print", text: "1.2.3\n" });
  });

  it.each(["--help", "serve --help", "help serve"])(
    "%s names every flag with its default and its variable",
    (line) => {
      const order = read(line);
      const text = order.kind === "print" ? order.text : "";
      for (const key of settingKeys) {
        expect(text).toContain(`${flagOf(key)} <`);
        expect(text).toContain(variableOf(key));
      }
      expect(text.match(/Default:/g)).toHaveLength(settingKeys.length);
    },
  );
});
