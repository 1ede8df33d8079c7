"""What is around a stack: names that are taken, changes by others, files that it leaves."""

import json
import os
from pathlib import Path

import httpx
import pytest

from harness.clone import ACCOUNT, Done
from lookalikes.github.repository import Repository
from lookalikes.github.server import serving
from tests.ops.pull_request.conftest import TOKEN
from tests.ops.run.stack import Production, Resource, make_production, resource

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

CACHE = resource("kv", "cache", title="cache-production", protect=False)
BASE = (resource("kv", "sessions", title="sessions-production", protect=False),)
QUEUE = resource("queue", "jobs", queueName="jobs-pr-7", protect=False)


@pytest.fixture(scope="module")
def account(clone):
    """Give an account with a stack `development`, whose program the tests write."""
    made = make_production(clone)
    made.wants(BASE)
    up = clone.ops("up", "development")
    assert up.code == 0, up.said
    return made


def ask(clone, method, path, **body):
    token = (clone.root / ".local" / "cloudflare" / "token").read_text().strip()
    url = f"http://127.0.0.1:{clone.port}/client/v4/accounts/{ACCOUNT}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.request(method, url, headers=headers, json=body or None, timeout=30)
    answer.raise_for_status()
    return answer.json()["result"]


def test_a_name_that_is_taken_stops_an_up_and_is_taken_over_by_a_word(account, clone):
    there = ask(clone, "POST", "/storage/kv/namespaces", title="cache-production")["id"]
    account.wants([CACHE, *BASE])
    before = account.everything()
    said = f"title cache-production is in the account already (id {there}); take it over by --adopt"

    assert said in clone.ops("preview", "development").out
    refused = clone.ops("up", "development")
    assert refused.code == 1
    assert said in refused.err
    assert account.everything() == before

    adopted = clone.ops("up", "development", "--adopt")
    assert adopted.code == 0, adopted.said
    assert "imported WorkersKvNamespace cache" in adopted.out
    resources = {each["urn"].rpartition("::")[2]: each for each in clone.resources()}
    assert resources["cache"]["id"] == there
    assert "no changes" in clone.ops("up", "development").out


def test_what_others_did_is_said_by_a_preview_that_looks_and_by_no_other(account, clone):
    account.wants(BASE)
    (sessions,) = [each for each in clone.resources() if each["urn"].endswith("::sessions")]
    ask(clone, "PUT", f"/storage/kv/namespaces/{sessions['id']}", title="renamed")
    state = clone.state()

    blind = clone.ops("preview", "development")
    seen = clone.ops("preview", "development", "--refresh")

    assert "outside" not in blind.out
    assert (
        "changed outside: WorkersKvNamespace sessions\n      title: sessions-production → renamed"
        in seen.out
    )
    assert "  update WorkersKvNamespace sessions" in seen.out
    assert "      title: renamed → sessions-production" in seen.out
    assert clone.state() == state


def named(root: Path, text: str) -> list[str]:
    """Return the files and folders of a clone, but for those it shares, that *text* is in."""
    found = []
    for folder, names, files in os.walk(root):
        found += [name for name in (*names, *files) if text in name]
        names[:] = [name for name in names if not (Path(folder) / name).is_symlink()]
    return found


def of_a_pull_request(account: Production, number: int, *resources: Resource) -> Done:
    """Bring up a stack of a pull request, whose program has *resources*."""
    clone = account.clone
    text = clone.configuration("development").read_text()
    clone.configuration(f"pr-{number}").write_text(text)
    account.wants(resources)
    return clone.ops("up", f"pr-{number}")


def test_a_stack_of_a_pull_request_leaves_no_file_behind(account, clone):
    """FW-4: and what it was made of was nobody else's, which its `up` has proved."""
    up = of_a_pull_request(account, 7, QUEUE)
    assert up.code == 0, up.said
    proved = "pr-7 stands by itself: none of 1 resources is kept, or shared with development"
    assert up.out.splitlines()[-1] == proved
    assert named(clone.root, "pr-7")

    done = clone.ops("destroy", "pr-7", "--yes")

    assert done.code == 0, done.said
    assert "1 deleted\nremoved: its state, backups and logs, " in done.out
    assert named(clone.root, "pr-7") == []
    assert json.dumps(clone.api("/queues")).count("jobs-pr-7") == 0


def test_a_stack_of_a_pull_request_that_reaches_into_another_is_found_out(account, clone):
    """FW-4: no id of a store is shared, proved over the states, what is encrypted included."""
    (sessions,) = [each for each in clone.resources() if each["urn"].endswith("::sessions")]
    key = resource("key", "seed", namespaceId=sessions["id"], keyName="a", value="b", protect=False)

    up = of_a_pull_request(account, 8, key, resource("kv", "kept", title="kept-pr-8"))
    mended = of_a_pull_request(account, 8, resource("kv", "kept", title="kept-pr-8", protect=False))
    gone = clone.ops("destroy", "pr-8", "--yes")

    assert (up.code, mended.code, gone.code) == (1, 0, 0), gone.said
    assert "pr-8 is up, and does not stand by itself:" in up.err
    assert "WorkersKvNamespace kept is protected" in up.err
    assert "WorkersKv seed has WorkersKvNamespace sessions of development at inputs." in up.err


def test_the_stack_of_a_closed_pull_request_is_reaped_and_no_other(account, clone):
    """FW-4: what goes is said first, and it goes as `ops destroy` takes it away."""
    for number in (9, 10):
        queue = resource("queue", "jobs", queueName=f"jobs-pr-{number}", protect=False)
        assert of_a_pull_request(account, number, queue).code == 0
    before = clone.state()
    repository = Repository(tokens={TOKEN: {"pull-requests": "read"}})
    with serving(repository) as github:
        github.open(10, "4f2a")
        job = {"GITHUB_API_URL": github.api, "GITHUB_REPOSITORY": github.name, "GH_TOKEN": TOKEN}
        said = clone.ops("reap", "--github", "--dry-run", given=job)
        unasked = clone.ops("reap", "--github", given=job)
        done = clone.ops("reap", "--github", "--yes", given=job)

    assert said.out.splitlines() == [
        "pr-9: pull request 9 is not open",
        "pr-10: stays; last changed 0 hours ago",
    ]
    assert (unasked.code, "there is no terminal to ask; add --yes" in unasked.err) == (1, True)
    assert done.code == 0, done.said
    assert named(clone.root, "pr-9") == []
    assert named(clone.root, "pr-10")
    assert [each["queue_name"] for each in clone.api("/queues")] == ["jobs-pr-10"]
    assert clone.state() == before
