"""Access under the engine, against the local API and the edge (OP-5)."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.access import Access, AccessArgs, PolicyArgs, ServiceTokenArgs, WhoArgs
from components.access_application import ApplicationArgs, Gate
from components.secret import Secret
from components.upload import prepare
from components.worker import Worker
from components.worker_args import Attachments, Host, WorkerArgs
from harness.clone import ACCOUNT

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST, CALLER = "inner.chitty.cc", "caller.chitty.cc"
INNER = """export default { fetch(request) {
  return new Response(request.headers.get("cf-access-jwt-assertion") === null ? "nobody" : "asked");
} }"""
CALLS = """export default { fetch(request, env) {
  const headers = { "CF-Access-Client-Id": env.ID, "CF-Access-Client-Secret": env.SECRET };
  return fetch("https://inner.chitty.cc/", { headers });
} }"""
LISTS = ("apps", "policies", "groups", "service_tokens")


@pytest.fixture
def workers(tmp_path: Path) -> Path:
    """Make a folder of two workers."""
    folder = tmp_path / "workers"
    folder.mkdir()
    (folder / "inner.ts").write_text(INNER)
    (folder / "caller.ts").write_text(CALLS)
    return folder


def program(folder: Path, zone: str, version: int = 1, until: str | None = None) -> None:
    token = ServiceTokenArgs(
        name="caller", title="Caller", secret_version=version, previous_until=until
    )
    policy = PolicyArgs(
        name="machines",
        title="ChittyOS Services Only",
        decision="non_identity",
        include=WhoArgs(service_tokens=("caller",)),
    )
    given = AccessArgs(service_tokens=(token,), policies=(policy,), emails=("ops@chitty.cc",))
    access = Access("access", given, account_id=ACCOUNT)
    gate = Gate("inner", ApplicationArgs(title="Inner", policies=("machines",)), access.policy_ids)
    known = access.tokens["caller"]
    _worker(folder, "inner", HOST, zone, {}, gate)
    secrets = {"ID": known.client_id, "SECRET": known.client_secret}
    _worker(folder, "caller", CALLER, zone, secrets)


def _worker(
    folder: Path, name: str, host: str, zone: str, secrets: dict[str, Any], *gates: Gate
) -> None:
    given = WorkerArgs(
        script=name,
        entry=f"{name}.ts",
        compatibility_date="2026-11-01",
        attachments=Attachments(hosts=(Host(name=host, zone_id=zone),)),
    )
    bindings = {key: Secret(value) for key, value in secrets.items()}
    upload = prepare(ACCOUNT, given, root=folder)
    Worker(name, upload, account_id=ACCOUNT, bindings=bindings, gates=gates)
    pulumi.export(name, host)


def test_a_worker_is_asked_who_it_is_by_another(engine, cloud, workers):
    """One is guarded itself, the other presents its token: made, rotated and taken away."""
    zone = cloud.zone_id
    stack = engine.stack(lambda: program(workers, zone))

    stack.up()

    assert cloud.at(HOST).status_code == 401
    assert cloud.at(CALLER).text == "asked"
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    (app,) = cloud.result("GET", cloud.account("/access/apps"))
    assert app["destinations"][0]["type"] == "worker"
    assert [each["precedence"] for each in app["policies"]] == [1]

    turned = stack.becomes(lambda: program(workers, zone, 2, "2027-01-01T00:00:00Z"))
    turned.up()
    assert cloud.at(CALLER).text == "asked"
    assert turned.preview().changes == {}
    secrets = str(turned.export())
    assert "client_secret_sha" not in secrets

    turned.destroy()
    for name in LISTS:
        assert cloud.result("GET", cloud.account(f"/access/{name}")) == []
