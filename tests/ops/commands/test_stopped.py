"""With the local Cloudflare stopped, or badly configured, a command says so and touches nothing."""

import re
import socket
from types import SimpleNamespace

import pytest

from ops.commands import deploy, local, verify
from ops.crash_recovery import repair
from ops.errors import OpsError
from ops.paths import Paths
from ops.run import planned_run
from ops.run.consent import Consent
from ops.run.refresh import refresh
from ops.stack import effective_config, local_cloudflare
from ops.stack.target import Target, read_target
from planning.refusals import RefusedError

GOOD = Paths().tracked("development").read_text()


@pytest.fixture
def session():
    """Give a session of `development` whose API nobody serves, and that has no stack to touch."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{taken.getsockname()[1]}/client/v4"
    return SimpleNamespace(target=Target("development", "development", {"cloudflare:baseUrl": api}))


RUNS = {
    "refresh": refresh,
    "destroy": lambda session: planned_run.destroy(session, Consent(yes=True)),
    "repair": repair.repair,
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_nothing_is_read_or_deleted_behind_an_api_that_does_not_answer(session, run):
    said = f"nothing answers at {session.target.api}); run make start"

    with pytest.raises(RefusedError, match=re.escape(said)):
        run(session)


def test_verify_says_that_it_is_stopped_and_not_to_read_its_logs(session, monkeypatch):
    monkeypatch.setattr(verify, "open_session", lambda *_: session)

    with pytest.raises(RefusedError, match=r"is not running .* run make start"):
        verify.verify("development")


BAD = {
    "another environment": ("environment: development", "environment: production", "baseUrl"),
    "a host outside the zones": (r"\.chitty\.cc\n", ".example.com\n", "chittyconnect:host"),
}


@pytest.mark.parametrize(("pattern", "replacement", "names"), BAD.values(), ids=BAD)
def test_a_bad_configuration_starts_nothing(tmp_path, monkeypatch, pattern, replacement, names):
    (tmp_path / "Pulumi.development.yaml").write_text(re.sub(pattern, replacement, GOOD))
    started = []
    monkeypatch.setattr(local, "Paths", lambda: Paths(tmp_path))
    monkeypatch.setattr(local_cloudflare, "start", lambda *_: started.append("started"))

    with pytest.raises(RefusedError, match=names):
        local.start()

    assert started == []


def test_a_good_configuration_starts(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.development.yaml").write_text(GOOD)
    paths = Paths(tmp_path)
    started = []
    monkeypatch.setattr(local, "Paths", lambda: paths)
    monkeypatch.setattr(local_cloudflare, "start", lambda *given: started.append(given))

    local.start()

    target = read_target(paths, "development")
    assert started == [(paths, target, effective_config.check(paths, target, secrets_later=True))]


def test_all_of_make_up_is_for_development_alone(monkeypatch):
    monkeypatch.setattr(local, "start", lambda: pytest.fail("was started"))

    with pytest.raises(OpsError, match=r"^--complete is for development, .* ops verify staging$"):
        deploy.up("staging", complete=True)


def test_all_of_make_up_is_start_deployment_and_check(monkeypatch):
    did = []
    tools = SimpleNamespace(describe=lambda: "engine")
    target = Target("development", "development", {})
    session = SimpleNamespace(tools=tools, target=target, paths=None)
    monkeypatch.setattr(local, "start", lambda: did.append("start"))
    monkeypatch.setattr(deploy, "open_session", lambda *_: session)
    monkeypatch.setattr(deploy, "bring_up", lambda *_, **__: did.append("up"))
    monkeypatch.setattr(verify, "answered", did.append)
    monkeypatch.setattr(local_cloudflare, "live_page", lambda _: "http://page")

    deploy.up("development", complete=True)
    deploy.up("development")

    assert did == ["start", "up", session, "up"]
