"""What must hold before a single resource is registered."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from planning.refusals import RefusedError
from systems import preconditions
from tests.config.examples import loaded

TOKEN = {"CLOUDFLARE_API_TOKEN": "t" * 40, preconditions.PACK: "policies"}


class Answering(BaseHTTPRequestHandler):
    """Refuses everything, which is an answer."""

    def do_GET(self):
        self.send_response(401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def port():
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def silent_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def development(port):
    return loaded(**{"cloudflare:baseUrl": url(port)})


def rehearsal(port):
    values = {"chittyos:rehearsal": True, "cloudflare:baseUrl": url(port)}
    return loaded("production", **values)


def url(port):
    return f"http://127.0.0.1:{port}/client/v4"


def test_any_answer_of_the_local_cloudflare_will_do(port):
    preconditions.check(development(port), TOKEN)


def test_a_local_cloudflare_that_is_not_there_is_said(free_port):
    with pytest.raises(
        RefusedError, match=rf"not running \(nothing answers at {url(free_port)}\); run make start"
    ):
        preconditions.check(development(free_port), TOKEN)


def test_a_local_cloudflare_that_hangs_is_given_a_second(silent_port):
    began = time.monotonic()
    with pytest.raises(RefusedError, match="run make start"):
        preconditions.check(development(silent_port), TOKEN)

    assert time.monotonic() - began < 5 * preconditions.SECONDS


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_a_real_stack_asks_nobody(stack):
    preconditions.check(loaded(stack), TOKEN)


def test_a_rehearsal_needs_the_local_cloudflare(free_port):
    with pytest.raises(RefusedError, match="run make start"):
        preconditions.check(rehearsal(free_port), TOKEN, dry_run=True)


def test_a_rehearsal_is_previewed(port):
    preconditions.check(rehearsal(port), TOKEN, dry_run=True)


@pytest.mark.parametrize(
    "state", ["", "s3://states", "file:///srv/states", "https://app.pulumi.com/.local/state"]
)
def test_a_rehearsal_is_never_deployed_beside_the_state_of_the_real_stack(port, state):
    with pytest.raises(RefusedError, match="a copy of production on the local Cloudflare is only"):
        preconditions.check(rehearsal(port), {**TOKEN, "PULUMI_BACKEND_URL": state})


def test_a_rehearsal_is_deployed_where_its_state_is_that_of_this_machine(port):
    state = "file:///home/me/clone/.local/state?metadata=skip"

    preconditions.check(rehearsal(port), {**TOKEN, "PULUMI_BACKEND_URL": state})


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_a_real_stack_is_not_led_elsewhere_by_the_environment(stack):
    environ = {**TOKEN, "CLOUDFLARE_BASE_URL": "http://127.0.0.1:4400/client/v4"}
    with pytest.raises(RefusedError, match=rf"CLOUDFLARE_BASE_URL is set.*ops env {stack}"):
        preconditions.check(loaded(stack), environ)


def test_the_environment_may_say_what_the_configuration_says(port):
    preconditions.check(development(port), {**TOKEN, "CLOUDFLARE_BASE_URL": f"{url(port)}/"})


def test_a_missing_token_is_said_with_where_it_comes_from():
    with pytest.raises(RefusedError, match="CLOUDFLARE_API_TOKEN is not set; make an API token"):
        preconditions.check(loaded("staging"), {})
    with pytest.raises(RefusedError, match="CLOUDFLARE_API_TOKEN is not set; use: eval"):
        preconditions.check(loaded("development"), {})


def test_production_is_not_deployed_past_the_policies():
    unjudged = {name: value for name, value in TOKEN.items() if name != preconditions.PACK}

    with pytest.raises(RefusedError, match="no policy would judge production"):
        preconditions.check(loaded("production"), unjudged)
    preconditions.check(loaded("production"), TOKEN)


def test_a_pack_that_is_enforced_elsewhere_is_declared():
    elsewhere = loaded("production", **{"chittyos:policyPack": "external"})

    preconditions.check(elsewhere, {"CLOUDFLARE_API_TOKEN": "t" * 40})


def test_development_may_be_deployed_without_policies(port):
    preconditions.check(development(port), {"CLOUDFLARE_API_TOKEN": "t" * 40})
