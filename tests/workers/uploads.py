"""What the tests of documents do time and again."""

from typing import Any

import httpx

from tests.workers.stack import ConnectStack


def begin_upload(connect: ConnectStack, chitty_id: str, content: bytes, **more: str) -> Any:
    """Reserve a document and an address to PUT *content* to."""
    wanted = {"chittyId": chitty_id, "type": "scan", "name": "s.bin", "size": len(content)}
    return connect.ok("POST", "/documents/presign", json={**wanted, "expiresIn": 60, **more})


def put(begun: Any, content: bytes) -> httpx.Response:
    """PUT to a presigned address as its answer says."""
    return httpx.put(begun["url"], content=content, headers=begun["headers"])


def used(connect: ConnectStack, chitty_id: str) -> tuple[int, int]:
    """Answer how many bytes and documents of the owner's quota are used."""
    quota = connect.ok("GET", "/documents/stats", params={"chittyId": chitty_id})["quota"]
    return quota["bytes"]["used"], quota["documents"]["used"]
