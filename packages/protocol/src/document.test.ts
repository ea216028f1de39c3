import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeClientMessage } from "./client-message.ts";
import { CloseCode, closeCodeSentence, reconnectRule } from "./close-code.ts";
import { LIMITS } from "./limits.ts";
import { ErrorCode } from "./messages.ts";
import { decodeServerMessage } from "./server-message.ts";

const document = readFileSync(new URL("../../../PROTOCOL.md", import.meta.url), "utf8");

/** The cells of the table below this heading, without its head. */
function tableOf(heading: string, headings = 2): string[][] {
  const section = document.split(`\n${"#".repeat(headings)} ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** The JSON lines of the section with this heading. */
function examplesOf(heading: string): string[] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return Array.from(section.matchAll(/```json\n([\s\S]*?)```/g)).flatMap(([, lines = ""]) =>
    lines.trim().split("\n"),
  );
}

const typeOf = (line: string): string => String((JSON.parse(line) as { type?: unknown }).type);

describe("PROTOCOL.md and the code say the same", () => {
  it("close codes, their sentences and what a client does", () => {
    const coded = Object.values(CloseCode).map((code) => [
      String(code),
      closeCodeSentence(code),
      reconnectRule(code),
    ]);
    expect(tableOf("Close codes")).toEqual(coded);
  });

  it("limits", () => {
    const coded = Object.entries(LIMITS).map(([name, value]) => [name, String(value)]);
    expect(tableOf("Limits")).toEqual(coded);
  });

  it("error codes", () => {
    expect(tableOf("Chat").map(([code]) => code)).toEqual(Object.values(ErrorCode));
  });

  it.each(examplesOf("Heartbeats"))("the example %s is a heartbeat", (line) => {
    expect(decodeServerMessage(line)).toMatchObject({ ok: true, message: { type: "heartbeat" } });
  });

  it.each(examplesOf("What a server sends"))("the example %s is a server's", (line) => {
    expect(decodeServerMessage(line)).toEqual({ ok: true, message: JSON.parse(line) });
  });

  it.each(examplesOf("What a client sends"))("the example %s is a client's", (line) => {
    expect(decodeClientMessage(line, "v1")).toEqual({ ok: true, message: JSON.parse(line) });
  });

  it("each message of the tables has an example, and its dialect is the one that takes it", () => {
    const sent = tableOf("What a client sends");
    expect(examplesOf("What a client sends").map(typeOf)).toEqual(sent.map(([type]) => type));
    for (const line of examplesOf("What a client sends")) {
      const dialect = sent.find(([type]) => type === typeOf(line))?.[1];
      expect([line, decodeClientMessage(line, "plain").ok]).toEqual([line, dialect === "plain"]);
    }
    const received = tableOf("What a server sends").map(([type]) => type);
    expect(examplesOf("What a server sends").map(typeOf).sort()).toEqual(received.sort());
  });
});
