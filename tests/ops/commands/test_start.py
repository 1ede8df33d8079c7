"""A local Cloudflare that does not come up: why is said once, by the one that knows."""

import socket

from tests.ops.clone import make_clone


def test_a_start_that_fails_says_why_once(tmp_path):
    clone = make_clone(tmp_path / "clone")
    with socket.create_server(("127.0.0.1", clone.port)):
        done = clone.ops("start")

    assert done.code == 1
    (error,) = [line for line in done.said.splitlines() if line.startswith("error")]
    assert f"port {clone.port} (api) is in use by" in error
    assert "baseUrl" in error
