"""What is around a stack: names that are taken, changes by others, files that it leaves."""

import json
import os
from pathlib import Path

import httpx
import pytest

from harness.clone import ACCOUNT
from tests.ops.run.stack import make_production, resource

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


def test_a_stack_of_a_pull_request_leaves_no_file_behind(account, clone):
    text = clone.configuration("development").read_text()
    clone.configuration("pr-7").write_text(text)
    account.wants([QUEUE])
    up = clone.ops("up", "pr-7")
    assert up.code == 0, up.said
    assert named(clone.root, "pr-7")

    done = clone.ops("destroy", "pr-7", "--yes")

    assert done.code == 0, done.said
    assert "1 deleted\nremoved: its state, backups and logs, " in done.out
    assert named(clone.root, "pr-7") == []
    assert json.dumps(clone.api("/queues")).count("jobs-pr-7") == 0
