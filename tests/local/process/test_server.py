"""How the API of the local Cloudflare takes connections."""

import asyncio
import socket

from local.process.server import _listen


def test_an_answer_is_sent_at_once_however_many_pieces_it_has():
    async def is_sent_at_once() -> bool:
        accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

        async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken = writer.get_extra_info("socket")
            accepted.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(take, sock=_listen(0)) as server:
            port = server.sockets[0].getsockname()[1]
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            is_set = bool(await accepted)
            writer.close()
        return is_set

    assert asyncio.run(is_sent_at_once())
