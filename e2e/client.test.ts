import { type Connection, connect } from "@lubdub/client";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startServiceProcess } from "../bench/support/service-process.ts";

const PER_ROUND = 20;
const ROUNDS = 3;

/** Resolves once the connection has shown so many messages of others. */
function heard(connection: Connection, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (connection.getSnapshot().messages.filter(({ own }) => !own).length < count) return;
      stop();
      resolve();
    };
    const stop = connection.subscribe(look);
    look();
  });
}

it("two clients lose, double and disorder nothing while their server is killed and started again three times", async () => {
  const flags = ["--interval", "1s", "--log-level", "warn"];
  let service = await startServiceProcess(flags);
  const { port } = new URL(service.httpUrl);
  const options = { url: service.wsUrl, WebSocket: WebSocket as never, sessionKey: null };
  const left = connect(options);
  const right = connect(options);
  const say = (from: number): void => {
    for (let i = from; i < from + PER_ROUND; i++) {
      left.send(`left ${i}`);
      right.send(`right ${i}`);
    }
  };
  await Promise.all([left, right].map((each) => new Promise((resolve) => each.on("beat", resolve))));
  for (let round = 0; round < ROUNDS; round++) {
    say(2 * round * PER_ROUND);
    await service.end("SIGKILL");
    say((2 * round + 1) * PER_ROUND);
    service = await startServiceProcess([...flags, "--port", port]);
    await Promise.all([left, right].map((each) => heard(each, 2 * (round + 1) * PER_ROUND)));
  }
  await service.end("SIGTERM");
  const textsOf = (connection: Connection, side: string): string[] =>
    connection
      .getSnapshot()
      .messages.map(({ text }) => text)
      .filter((text) => text.startsWith(side));
  for (const connection of [left, right]) {
    for (const side of ["left", "right"]) {
      expect(textsOf(connection, side)).toEqual(
        Array.from({ length: 2 * ROUNDS * PER_ROUND }, (_, i) => `${side} ${i}`),
      );
    }
    expect(connection.getSnapshot().queued).toBe(0);
    connection.close();
  }
});
