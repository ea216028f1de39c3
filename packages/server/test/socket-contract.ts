import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Beat } from "../src/beat.ts";
import type { HeartbeatSocket } from "../src/heartbeat-socket.ts";

/** One connection through an adapter, seen from both ends. */
export interface ContractSubject extends AsyncDisposable {
  readonly socket: HeartbeatSocket;
  /** Everything that reached the peer as raw bytes, one entry for each piece that arrived. */
  readonly pieces: readonly Buffer[];
  /** Resolves when the peer has received this many bytes in all. */
  received(bytes: number): Promise<void>;
  /** Resolves when the peer sees the end. */
  ended(): Promise<void>;
  /** Lets the peer send a frame, and resolves when it was written. */
  peerSends(): Promise<void>;
}

/** What every adapter must do. Run it with a maker of open connections. */
export function describeSocketContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`the socket of ${name}`, () => {
    it("puts heartbeat and ping into one write", async () => {
      await using subject = await open();
      const frames = new Beat(7, 1_705_314_600_000).frames("plain", 30_000);
      subject.socket.beat(frames);
      await subject.received(frames.wire.length);
      expect(Buffer.concat(subject.pieces)).toEqual(frames.wire);
      expect(subject.pieces).toHaveLength(1);
    });

    it("sends pings and texts as frames of their own", async () => {
      await using subject = await open();
      subject.socket.ping(new Uint8Array([1, 2, 3, 4]));
      subject.socket.send("hello");
      await subject.received(6 + 7);
      expect(Buffer.concat(subject.pieces).toString("latin1")).toBe("\x89\x04\x01\x02\x03\x04\x81\x05hello");
    });

    it("counts what comes in", async () => {
      await using subject = await open();
      const before = subject.socket.bytesReceived;
      await subject.peerSends();
      while (subject.socket.bytesReceived === before) await new Promise(setImmediate);
      expect(subject.socket.bytesReceived).toBeGreaterThan(before);
      expect(subject.socket.bufferedAmount).toBe(0);
    });

    it("terminates at once, and throws for whatever is sent after that", async () => {
      await using subject = await open();
      const ended = subject.ended();
      subject.socket.terminate();
      await ended;
      expect(() => subject.socket.beat(new Beat(8, 0).frames("none", 30_000))).toThrow();
      expect(() => subject.socket.ping(new Uint8Array(4))).toThrow();
      expect(() => subject.socket.send("late")).toThrow();
      subject.socket.terminate();
      subject.socket.close(1000, "twice is harmless");
    });

    it("closes with a code and a reason of any length", async () => {
      await using subject = await open();
      subject.socket.close(4008, "ä".repeat(200));
      await subject.received(4 + 122);
      expect(Buffer.concat(subject.pieces).subarray(0, 4)).toEqual(Buffer.from([0x88, 124, 0x0f, 0xa8]));
    });
  });
}

/** Collects the pieces of a stream and says when enough have come. */
export function collect(
  stream: NodeJS.ReadableStream,
): Pick<ContractSubject, "pieces" | "received" | "ended"> {
  const pieces: Buffer[] = [];
  let size = 0;
  let wake = (): void => undefined;
  stream.on("data", (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
    wake();
  });
  return {
    pieces,
    async received(bytes) {
      while (size < bytes) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async ended() {
      await once(stream, "close");
    },
  };
}
