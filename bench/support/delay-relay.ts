import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP relay that passes everything on later, in order. Disposing it cuts what goes through it. */
export interface DelayRelay extends AsyncDisposable {
  readonly port: number;
  /** How long each direction takes longer, in ms; may be changed at any time. */
  delayMs: number;
}

/** Passes data and the end on after the delay of the moment, never overtaking what came before. */
function pipeLater(from: Socket, to: Socket, delayMs: () => number): void {
  let dueAt = 0;
  const later = (action: () => void): void => {
    dueAt = Math.max(dueAt, performance.now() + delayMs());
    setTimeout(action, dueAt - performance.now());
  };
  from.on("data", (chunk) => later(() => to.writable && to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.on("close", () => later(() => to.destroy()));
}

/** Starts a relay to a server on loopback that adds `delayMs` in each direction. */
export async function startDelayRelay(serverPort: number, delayMs: number): Promise<DelayRelay> {
  const sockets = new Set<Socket>();
  const relay = { delayMs };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: serverPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    pipeLater(near, far, () => relay.delayMs);
    pipeLater(far, near, () => relay.delayMs);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(relay, {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  });
}
