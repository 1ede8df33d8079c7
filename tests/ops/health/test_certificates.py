"""PA-10: a certificate that should have been renewed is told of by share of its lifetime."""

import ssl
import subprocess
import threading
import time

import pytest

from ops.commands import verify
from ops.errors import OpsError
from ops.health import probes
from ops.health.certificates import DAY, Certificate
from tests.ops.health.test_probes import Server

MAKE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90"
    " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
)
NOW = 1_800_000_000.0
OVERDUE = {
    "90 days, renewed at 30": (90, 30, False),
    "90 days, 14 left": (90, 14, False),
    "90 days, 13 left": (90, 13, True),
    "64 days, 10 left": (64, 10, False),
    "64 days, 9 left": (64, 9, True),
    "14 days, 3 left": (14, 3, False),
    "14 days, 2 left": (14, 2, True),
    "ended yesterday": (90, -1, True),
}


@pytest.mark.parametrize(("lifetime", "left", "told"), OVERDUE.values(), ids=OVERDUE)
def test_a_share_of_the_lifetime_says_what_is_overdue(lifetime, left, told):
    ends = NOW + left * DAY

    assert bool(Certificate(ends - lifetime * DAY, ends).overdue(NOW)) == told


def test_the_sentence_says_share_and_days():
    said = Certificate(NOW - 81 * DAY, NOW + 9 * DAY).overdue(NOW)

    assert said.startswith("its certificate has 10% of its lifetime left (9 of 90 days), and is")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve https on loopback, by a certificate that holds for 90 days from now."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = f"{MAKE} -keyout {key} -out {certificate}".split()
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    here.load_cert_chain(certificate, key)
    trusted = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(probes, "trusted_at", lambda _: trusted)
    made = Server([(0, 200)])
    made.socket = here.wrap_socket(made.socket, server_side=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(("days", "told"), [(75, False), (80, True)])
def test_verify_tells_of_what_a_server_shows(server, monkeypatch, capsys, days, told):
    one = {
        "system": "connect",
        "url": f"https://localhost:{server.server_port}",
        "check": "/health",
    }
    answers = probes.ask_all([one], patience=5)
    then = time.time() + days * DAY
    monkeypatch.setattr("ops.commands.verify.time.time", lambda: then)
    found = list(verify._overdue(answers))

    assert answers[0].ok
    assert bool(found) == told
    verify._judge({"overdue": found}, strict=False)
    assert ("overdue: connect: its certificate has 11%" in capsys.readouterr().out) == told


def test_what_is_overdue_fails_a_strict_verify():
    with pytest.raises(OpsError, match="connect: its certificate"):
        verify._judge({"slow": [], "overdue": ["connect: its certificate"]}, strict=True)
