// `lubdub` whose event loop can be blocked on request: the fault is in an I/O callback, where a naive check kills
// every healthy client, because Node runs the timers that fell due before it reads the sockets.
import { stat } from "node:fs";

process.on("message", ({ stallMs }) => {
  stat(".", () => {
    const endAt = performance.now() + stallMs;
    while (performance.now() < endAt);
    process.send({ stalled: true });
  });
});

await import("../../apps/service/bin/lubdub.mjs");
