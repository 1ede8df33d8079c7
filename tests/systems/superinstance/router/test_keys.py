"""`ops keys` on the local Cloudflare: the router takes what was made, and refuses what was revoked.

Requirement SI-2. The same commands ask API v4 of an account.
"""

import json
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner, Result

from ops.commands import keys as command
from ops.errors import OpsError
from ops.stack.target import Target
from ops.stack.workers_kv import Kv
from tests.config.examples import SECRETS, good
from tests.systems.superinstance.router.stack import HOST, RouterStack

pytestmark = pytest.mark.workerd

Run = Callable[..., Result]
GIVEN = {key: value for key, value in good("development").items() if key not in SECRETS}


@pytest.fixture
def run(router: RouterStack, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give what runs `ops keys`, on the development stack that the router stands for."""
    target = Target("development", "development", GIVEN)
    cloud = router.cloud
    kv = Kv(cloud.api_url, cloud.account_id, cloud.token)
    monkeypatch.setattr(command, "read_target", lambda *_: target)
    monkeypatch.setattr(command, "kv_of", lambda _: kv)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(command.app, list(arguments))

    return invoke


def made(run: Run, account: str, *options: str) -> str:
    """Make a key; return its value."""
    done = run("create", "development", "--account", account, *options)
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def ask(router: RouterStack, key: str, path: str = "/v1/status") -> httpx.Response:
    """Ask with *key*."""
    return router.cloud.at(HOST, path, headers={"authorization": f"Bearer {key}"})


def stored(router: RouterStack) -> str:
    """Return all that KV has of keys: names, values and metadata."""
    found = []
    for namespace in router.namespaces.values():
        path = router.cloud.account(f"/storage/kv/namespaces/{namespace}")
        for key in router.cloud.result("GET", f"{path}/keys"):
            value = router.cloud.client.get(f"{path}/values/{key['name']}").text
            found.append(json.dumps([key, value]))
    return "".join(found)


def test_a_key_that_was_made_is_taken_with_its_limit_and_stands_nowhere(
    router: RouterStack, run: Run
) -> None:
    key = made(run, "made", "--id", "laptop", "--limit", "7", "--days", "30")

    answer = ask(router, key)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["account_id"], said["key"], said["requests_per_minute"]) == ("made", "laptop", 7)
    assert key not in stored(router)
    listed = run("list", "development").stdout
    row = next(line for line in listed.splitlines() if line.startswith("made"))
    assert row.split()[:4] == ["made", "laptop", "ask,", "read,"]
    assert " 7 " in row
    assert key not in listed


def test_a_key_may_do_what_it_was_given_alone(router: RouterStack, run: Run) -> None:
    key = made(run, "scoped", "--scopes", "topup")

    assert ask(router, key).status_code == 403


def test_a_key_that_was_revoked_is_gone_with_its_limit(router: RouterStack, run: Run) -> None:
    kept = made(run, "gone", "--id", "kept")
    key = made(run, "gone", "--id", "old", "--limit", "9")

    assert run("revoke", "development", "gone/old").exit_code == 0

    assert ask(router, key).status_code == 401
    assert ask(router, kept).status_code == 200
    assert "gone    old" not in run("list", "development").stdout
    assert '"requests_per_minute": 9' not in stored(router)


def test_a_limit_is_set_and_taken_back(router: RouterStack, run: Run) -> None:
    key = made(run, "limited", "--id", "only")

    assert run("limit", "development", "limited/only", "33").exit_code == 0
    assert ask(router, key).json()["requests_per_minute"] == 33
    assert run("limit", "development", "limited/only").exit_code == 0

    assert '{\\"requests_per_minute\\":33}' not in stored(router)


REFUSED = {
    "an id twice": (
        ("create", "--account", "twice", "--id", "one"),
        "twice has a key 'one' already",
    ),
    "an account that is none": (("create", "--account", "a b"), "is no account"),
    "an id that logs cannot show": (
        ("create", "--account", "a", "--id", "x y"),
        "is no id of a key",
    ),
    "a scope that is none": (
        ("create", "--account", "a", "--scopes", "all"),
        "unknown scopes: all",
    ),
    "too high a limit": (("create", "--account", "a", "--limit", "10001"), "give 1 to 10000"),
    "a key that is none": (("revoke", "nobody/none"), "there is no key 'nobody/none'"),
    "an id of two accounts": (("revoke", "shared"), "names several keys: one/shared, two/shared"),
    "another system": (("list", "--system", "chittyid"), "has no accounts"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_a_command_is_refused_with(run: Run, arguments: tuple[str, ...], said: str) -> None:
    if "several" in said:
        for account in ("one", "two"):
            made(run, account, "--id", "shared")
    if "already" in said:
        made(run, "twice", "--id", "one")
    name, *rest = arguments

    done = run(name, "development", *rest)

    assert isinstance(done.exception, OpsError)
    assert said in str(done.exception)


def test_an_account_without_the_namespace_is_told_to_deploy(router: RouterStack) -> None:
    kv = Kv(router.cloud.api_url, router.cloud.account_id, router.cloud.token)

    with pytest.raises(OpsError, match=r"no KV namespace 'none'; deploy the stack first"):
        kv.namespace("none")


def test_a_token_that_may_not_is_told_which_right_it_lacks(router: RouterStack) -> None:
    kv = Kv(router.cloud.api_url, router.cloud.account_id, "another")

    with pytest.raises(OpsError, match="the token needs Workers KV Storage: Edit"):
        kv.namespace("any")


def test_a_cloud_that_does_not_answer_is_said_in_a_sentence() -> None:
    kv = Kv("http://127.0.0.1:9/client/v4", "a", "t")

    with pytest.raises(OpsError, match="does not answer"):
        kv.namespace("any")
