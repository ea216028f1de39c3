"""A client that shares no code with lubdub: connects without a subprotocol and prints each heartbeat as one JSON line.

Arguments: URL, number of beats. Needs Debian's python3-websockets.
"""

import asyncio
import json
import sys
import time

import websockets


class Protocol(websockets.WebSocketClientProtocol):
    """Writes down the pings, which the library otherwise answers without a word."""

    pings: list

    async def read_data_frame(self, max_size):
        while True:
            frame = await self.read_frame(max_size)
            if frame.opcode == websockets.frames.Opcode.PING:
                PINGS.append((time.time(), int.from_bytes(frame.data, "big")))
                await self.pong(frame.data)
                continue
            if frame.opcode == websockets.frames.Opcode.CLOSE:
                raise RuntimeError(f"closed: {frame.data!r}")
            return frame


PINGS: list = []


async def main(url: str, beats: int) -> None:
    async with websockets.connect(url, create_protocol=Protocol, ping_interval=None) as socket:
        opened = time.time()
        print(json.dumps({"opened": opened, "subprotocol": socket.subprotocol}))
        for _ in range(beats):
            text = await socket.recv()
            print(json.dumps({"text": text, "at": time.time()}), flush=True)
        await asyncio.sleep(0.05)
        print(json.dumps({"pings": PINGS}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
