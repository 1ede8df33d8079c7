#!/usr/bin/env bash
# asyncio leaves Nagle's algorithm on for a listening socket that was made without its protocol.
#
# asyncio sets TCP_NODELAY on what it accepts, but only where the socket says IPPROTO_TCP, and an accepted socket says what
# the listening one was made with. `socket.socket()` says 0, and so do sockets that uvicorn is given by `sockets=[…]`. Then the
# second piece of an answer (uvicorn writes head and body apart) waits for the client to confirm the first, which a client on a
# kept connection does after 40 ms. A first request on a connection shows nothing of it. Python 3.11.
#
# Passes while it behaves like that. Needs python3.
set -euo pipefail

python3 - <<'PY'
import asyncio
import socket
import sys
import time

PIECES = (b"head", b"body")
REQUESTS = 10


async def answer(reader, writer):
    while await reader.read(3):
        for piece in PIECES:
            writer.write(piece)
            await asyncio.sleep(0.001)


async def measured(listener):
    """Return whether Nagle's algorithm is off, and the milliseconds of a later request."""
    listener.bind(("127.0.0.1", 0))
    seen = asyncio.get_running_loop().create_future()

    async def take(reader, writer):
        await answer(reader, writer)
        taken = writer.get_extra_info("socket")
        seen.set_result(bool(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(take, sock=listener):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        took = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            writer.write(b"ask")
            await reader.readexactly(sum(map(len, PIECES)))
            took.append((time.perf_counter() - began) * 1000)
        writer.close()
        is_off = await seen
    return is_off, sorted(took)[REQUESTS // 2]


found = {}
for name, protocol in (("without protocol", 0), ("with IPPROTO_TCP", socket.IPPROTO_TCP)):
    found[name] = asyncio.run(measured(socket.socket(proto=protocol)))
    is_off, milliseconds = found[name]
    print(f"{name}: Nagle's algorithm is {'off' if is_off else 'on'}, a request takes {milliseconds:.0f} ms")
sys.exit([is_off for is_off, _ in found.values()] != [False, True])
PY
