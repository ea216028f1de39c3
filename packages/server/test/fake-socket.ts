import type { BeatFrames, HeartbeatSocket } from "../src/heartbeat-socket.ts";

/** A socket that writes down what it is told to do. */
export class FakeSocket implements HeartbeatSocket {
  readonly beats: BeatFrames[] = [];
  readonly pings: Uint8Array[] = [];
  readonly texts: string[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  terminated = false;
  bufferedAmount = 0;
  bytesReceived = 0;
  isReading = true;
  /** Called after each beat. */
  onBeat: ((frames: BeatFrames) => void) | undefined;

  beat(frames: BeatFrames): void {
    this.#mustBeOpen();
    this.beats.push(frames);
    this.onBeat?.(frames);
  }

  ping(payload: Uint8Array): void {
    this.#mustBeOpen();
    this.pings.push(payload);
  }

  send(text: string): void {
    this.#mustBeOpen();
    this.texts.push(text);
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }

  terminate(): void {
    this.terminated = true;
  }

  #mustBeOpen(): void {
    if (this.terminated || this.closes.length > 0) throw new Error("the socket is not open");
  }
}
