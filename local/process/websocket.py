"""WebSockets of clients that Cloudflare takes and the letter of the protocol does not."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MASKED = 0x80
LENGTH = 0x7F
LENGTH_BYTES = {126: 2, 127: 8}
"""Bytes of the real length, when the short one says that it follows."""

KEY_BYTES = 4
NO_KEY = bytes(KEY_BYTES)
"""Masking with zeroes leaves a frame as it is."""


class LenientWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that also takes frames which the client did not mask.

    RFC 6455 has a server fail such a connection; wrangler sends its first message to a tail so.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._masking = Masking()

    def data_received(self, data: bytes) -> None:
        super().data_received(self._masking.feed(data) if self.handshake_initiated else data)


class Masking:
    """Turns a client's stream of frames into one in which every frame is masked."""

    def __init__(self) -> None:
        self._head = b""
        self._to_pass = 0

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the stream; return what of it is complete so far."""
        masked = bytearray()
        while data:
            if self._to_pass:
                passed, data = data[: self._to_pass], data[self._to_pass :]
                self._to_pass -= len(passed)
                masked += passed
            else:
                need = _head_bytes(self._head) - len(self._head)
                self._head, data = self._head + data[:need], data[need:]
                masked += self._begin()
        return bytes(masked)

    def _begin(self) -> bytes:
        """Begin the frame whose head is complete; return nothing before that."""
        head = self._head
        if len(head) < _head_bytes(head):
            return b""
        self._head = b""
        long = head[2:]
        self._to_pass = int.from_bytes(long) if long else head[1] & LENGTH
        if head[1] & MASKED:
            self._to_pass += KEY_BYTES
            return head
        return bytes((head[0], head[1] | MASKED)) + long + NO_KEY


def _head_bytes(head: bytes) -> int:
    """Return how long the head of a frame is up to its mask, as far as *head* tells."""
    known = 2
    if len(head) < known:
        return known
    return known + LENGTH_BYTES.get(head[1] & LENGTH, 0)
