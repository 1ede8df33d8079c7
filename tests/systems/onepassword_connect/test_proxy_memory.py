"""However many clients come, the proxy fits into the memory of its container (OP-1, OP-6)."""

import re
import socket
from contextlib import ExitStack

import pytest

from harness import nginx
from systems.onepassword_connect.layout import Layout
from systems.onepassword_connect.names import PROXY
from systems.onepassword_connect.proxy import Proxy, nginx_configuration
from systems.onepassword_connect.settings import Machine, OnePasswordConnect
from tests.systems.onepassword_connect.upstream import Upstream, one

CLOUDFLARED = "127.0.0.2"
MEGABYTE = 1 << 20
UNITS = {"k": 1 << 10, "m": MEGABYTE}
RESPONSE_BUFFERS = 9 * 4096
"""Eight and one, of a page each: what nginx holds of an answer when nothing else is said."""

PROGRAM = 8 * MEGABYTE
"""Two processes without any client; 5 MB were seen."""

MOST_BODIES = 8


def bytes_of(text):
    return int(text.rstrip("km")) * UNITS[text[-1]]


def test_all_that_may_be_held_at_once_fits_into_the_container():
    layout = Layout(
        OnePasswordConnect(), Machine(name="first", engine="unix:///s"), "t", pinned=False
    )
    (container,) = [each for each in layout.args.containers if each.name == PROXY]
    text = nginx_configuration(layout.proxy)
    (clients,) = re.findall(r"worker_connections (\d+);", text)
    (buffers,) = re.findall(r"large_client_header_buffers (\d+ \w+);", text)
    (bodies,) = re.findall(r"limit_conn bodies (\d+);", text)
    (body,) = re.findall(r"client_body_buffer_size (\w+);", text)
    zones = re.findall(r"zone=\w+:(\w+)", text)
    count, size = buffers.split(" ")
    held = {
        "heads": int(clients) * (int(count) * bytes_of(size) + 1024),
        "answers": int(clients) // 2 * RESPONSE_BUFFERS,
        "bodies": int(bodies) * bytes_of(body),
        "zones": sum(bytes_of(zone) for zone in zones),
        "files": sum(each.megabytes for each in container.scratch) * MEGABYTE,
        "program": PROGRAM,
    }

    assert len(zones) == 4
    assert "proxy_buffer" not in text.replace("proxy_buffering", "")
    assert sum(held.values()) <= container.memory_mb * MEGABYTE, held


@pytest.fixture
def port(real_nginx, tmp_path):  # noqa: ARG001 - it is there
    connect = Upstream({"token"})
    port = nginx.free_port()
    there = f"127.0.0.1:{connect.port}"
    configuration = nginx_configuration(
        Proxy(
            edge=f"127.0.0.1:{port}",
            monitoring=f"127.0.0.1:{nginx.free_port()}",
            trusted=CLOUDFLARED,
            connect=there,
            health=there,
            folder=str(tmp_path),
        )
    )
    with nginx.running(configuration, tmp_path, port):
        yield port
    connect.close()


def begin(port, client, framing):
    """Send a request whose body is not all there yet."""
    connection = socket.create_connection(("127.0.0.1", port), 10, (CLOUDFLARED, 0))
    head = (
        "POST /v1/vaults HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer token\r\n"
        f"CF-Connecting-IP: 100.64.0.{client}\r\n{framing}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


def answer(connection):
    with connection.makefile("rb") as reader:
        head = reader.readline() + b"".join(iter(reader.readline, b"\r\n"))
        (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
        return int(head.split()[1]), reader.read(int(length)), head


@pytest.mark.parametrize("framing", [f"Content-Length: {MEGABYTE}", "Transfer-Encoding: chunked"])
def test_bodies_of_more_clients_than_fit_wait_outside(port, framing):
    """Those that are under way are answered; one without a body is as well."""
    with ExitStack() as opened:
        begun = [opened.enter_context(begin(port, 1 + n, framing)) for n in range(MOST_BODIES)]
        one(port, "/v1/vaults", "token", CLOUDFLARED)  # the proxy has read those before it by now
        further = [opened.enter_context(begin(port, 100 + n, framing)) for n in range(30)]
        refused = [answer(each) for each in further]
        without = one(port, "/v1/vaults", "token", CLOUDFLARED)
        for each in begun:
            each.sendall(b"x" * MEGABYTE if "Length" in framing else b"1\r\nx\r\n0\r\n\r\n")
        answered = [answer(each)[0] for each in begun]

    said = {(status, body) for status, body, _ in refused}
    assert said == {
        (503, b'{"status":503,"message":"too many requests with a body are under way"}')
    }
    assert all(b"Retry-After: 2" in head for *_, head in refused)
    assert without.status == 200
    assert answered == [200] * MOST_BODIES
    assert one(port, "POST /v1/vaults", "token", CLOUDFLARED, Content_Length="0").status == 200
