"""Which version has to answer where, by the state and by the account."""

from typing import Any

import httpx
import pytest

from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.release import deployed_versions
from ops.stack.target import Target

OLD, NEW = "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e", "77ab3cf0-9b1c-4a65-8d0e-2f7a1c3b4d5e"
TARGET = Target("staging", "staging", {"chittyos:account": "ab" * 16})
URN = "urn:pulumi:staging::chittyos::{}::{}"
ADDRESS = {"system": "some", "url": "https://some.chitty.cc", "check": "/health"}


def resource(kind: str, name: str, /, **inputs: Any) -> dict[str, Any]:
    token = kind if ":" in kind else f"cloudflare:index/x:{kind}"
    return {"urn": URN.format(token, name), "custom": ":" not in kind, "inputs": inputs}


def worker(*types: str) -> dict[str, Any]:
    bindings = [{"name": kind.upper(), "type": kind} for kind in types]
    return resource("chittyos:cloudflare:Worker", "some-worker", script="some", bindings=bindings)


TELLING = worker("version_metadata")
HOST = resource("WorkersCustomDomain", "h", hostname="some.chitty.cc", service="some")
ROUTE = resource("WorkersRoute", "r", pattern="some.chitty.cc/*", script="some")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Any]]:
    """Answer questions by what is last in the list: status and result."""
    said: list[tuple[int, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path.endswith(f"/accounts/{'ab' * 16}/workers/scripts/some/deployments")
        status, result = said[-1]
        return httpx.Response(status, json={"result": result, "errors": [{"code": 10000}]})

    def client(base: str, token: str) -> Client:
        return Client(base, token, transport=httpx.MockTransport(answer))

    monkeypatch.setattr(deployed_versions, "Client", client)
    return said


def deployments(*shares: tuple[str, int]) -> Any:
    versions = [{"version_id": version, "percentage": of} for version, of in shares]
    return {"deployments": [{"versions": versions}, {"versions": []}]}


@pytest.mark.parametrize("leading", [HOST, ROUTE], ids=["a host", "a route"])
def test_what_the_account_has_deployed_last_has_to_answer(account, leading):
    account.append((200, deployments((NEW, 100))))

    assert deployed_versions.proven(TARGET, [ADDRESS], [TELLING, leading]) == [
        {**ADDRESS, "version": NEW}
    ]


def test_versions_that_share_the_requests_are_each_asked_for(account):
    account.append((200, deployments((NEW, 10), (OLD, 90))))

    assert deployed_versions.proven(TARGET, [ADDRESS], [TELLING, HOST]) == [
        {**ADDRESS, "version": NEW, "script": "some"},
        {**ADDRESS, "version": OLD, "script": "some"},
    ]


def test_of_a_worker_by_versions_the_state_says_it(account):
    """Whatever somebody else has deployed since is not what the stack has."""
    account.append((200, deployments((OLD, 100))))
    shares = [{"versionId": NEW, "percentage": 100}]
    by_versions = resource("WorkersDeployment", "d", scriptName="some", versions=shares)

    assert deployed_versions.proven(TARGET, [ADDRESS], [TELLING, HOST, by_versions]) == [
        {**ADDRESS, "version": NEW}
    ]


@pytest.mark.parametrize(
    "resources", [[], [HOST], [worker("kv_namespace"), HOST], [TELLING]], ids=range(4)
)
def test_an_address_whose_worker_does_not_say_its_version_stays_as_it_is(resources):
    assert deployed_versions.proven(TARGET, [ADDRESS], resources) == [ADDRESS]


def test_a_token_that_may_not_ask_is_said(account):
    account.append((403, None))

    with pytest.raises(OpsError, match=r"some is not known: .* 403, code 10000; the token needs"):
        deployed_versions.proven(TARGET, [ADDRESS], [TELLING, HOST])
