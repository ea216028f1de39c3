import { wsSocket } from "../src/ws.ts";
import { collect, describeSocketContract } from "./socket-contract.ts";
import { openWsConnection } from "./ws-connection.ts";

/** A masked text frame of one letter. */
const LETTER = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]);

describeSocketContract("ws", async () => {
  const connection = await openWsConnection();
  return {
    socket: wsSocket(connection.ws, connection.tcp),
    ...collect(connection.peer),
    peerSends: () => new Promise((resolve) => connection.peer.write(LETTER, () => resolve())),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
});
