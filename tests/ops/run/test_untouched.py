"""Whatever is wrong with an `up`, a `destroy` or a `refresh` is found with nothing touched.

Each case compares the whole account and the stored state before and after.
"""

import json
import re

import httpx
import pytest

from harness.clone import ACCOUNT
from ops.preview.comment import read_plan
from ops.preview.plan_digest import digest_of
from tests.ops.run import faulty, recorded_plugin
from tests.ops.run.stack import BASE, DOCUMENTS, EXPIRY, SESSIONS, make_production, resource

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

NEW = resource("kv", "cache", title="cache-production")
"""Comes first in every bad program: an `up` without a plan would have made it."""

HASH = re.compile(r"^plan ([0-9a-f]{32})$", re.MULTILINE)


@pytest.fixture(scope="module")
def production(clone):
    """Give a stack `production` that is up, with a namespace and a bucket, both protected."""
    made = make_production(clone)
    up = made.ops("up", "--yes")
    assert up.code == 0, up.said
    assert "2 created" in up.out
    return made


@pytest.fixture
def deleted(production):
    """Delete the bucket behind the program, and make it again afterwards."""
    path = f"/r2/buckets/{DOCUMENTS['inputs']['name']}"
    asked(production, "DELETE", path)
    yield production
    production.wants()
    asked(production, "POST", "/r2/buckets", json={"name": DOCUMENTS["inputs"]["name"]})


def asked(production, method, path, **sent):
    token = (production.clone.root / ".local" / "cloudflare" / "token").read_text().strip()
    url = f"http://127.0.0.1:{production.clone.port}/client/v4/accounts/{ACCOUNT}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.request(method, url, headers=headers, timeout=60, **sent)
    assert answer.is_success, answer.text


def test_a_bucket_that_was_deleted_behind_the_program_is_lost_and_not_made_again(deleted):
    """Incident 21."""
    before = deleted.everything()
    deleted.wants([NEW, *BASE])

    up = deleted.ops("up", "--yes")
    drift = deleted.ops("drift")
    told = deleted.ops("drift", "--format", "json")

    refused(up, "deleted behind the program, and lost: R2Bucket documents (every object in it)")
    assert deleted.everything() == before
    assert drift.code == told.code == 3, drift.said
    assert "lost: R2Bucket documents (every object in it is lost)" in drift.out
    assert json.loads(told.out)["counts"] == {
        "unchanged": 1,
        "drifted": 0,
        "missing": 1,
        "repaired": 0,
        "skipped": 0,
    }


@pytest.fixture
def untouched(production):
    """Give the stack, and hold afterwards that neither account nor state has changed."""
    before = production.everything()
    yield production
    production.wants()
    assert production.everything() == before


def refused(done, *texts):
    assert done.code == 1, done.said
    assert "nothing was changed" in done.err
    for text in texts:
        assert text in done.said


def test_a_rule_about_the_whole_stack_stops_it(untouched):
    untouched.wants([NEW, *BASE, resource("bucket", "uploads", name="uploads-production")])

    refused(untouched.ops("up", "--yes"), "stopped by policy", "graph-temp-data-expires")


def test_a_rule_about_a_resource_stops_it(untouched):
    untouched.wants([NEW, *BASE, resource("queue", "jobs", queueName="jobs", protect=False)])

    refused(untouched.ops("up", "--yes"), "stopped by policy", "stateful-protected")


def test_a_protected_resource_that_was_removed_stops_it(untouched):
    untouched.wants([NEW, DOCUMENTS])

    lost = "WorkersKvNamespace sessions is protected and would go, with every key in it"
    refused(untouched.ops("up", "--yes"), lost)


def test_no_variable_of_the_shell_lets_a_protected_resource_go(untouched):
    untouched.wants([NEW, DOCUMENTS])

    done = untouched.ops("up", "--yes", PULUMI_OPTION_IGNORE_PROTECT="true")

    refused(done, "not taken over from the shell: PULUMI_OPTION_IGNORE_PROTECT", "is protected")


def test_a_protected_resource_that_would_be_replaced_stops_it(untouched):
    renamed = resource("bucket", "documents", name="documents-2-production")
    untouched.wants([NEW, SESSIONS, renamed])

    lost = "R2Bucket documents is protected and would go, with every object in it"
    refused(untouched.ops("up", "--yes"), lost)


def test_a_policy_pack_that_dies_as_it_starts_stops_it(untouched):
    untouched.wants([NEW, *BASE])

    with untouched.pack("raise SystemExit(3)\n"):
        refused(untouched.ops("up", "--yes"))


DIES = """
import os
from policies.pack import server

class Dying(server.Analyzer):
    def Analyze(self, request, context):
        return os._exit(9) if request.name == "documents" else super().Analyze(request, context)

server.Analyzer = Dying
"""


def test_a_policy_pack_that_dies_in_the_middle_stops_it(untouched):
    untouched.wants([NEW, *BASE])

    with untouched.pack(DIES):
        refused(untouched.ops("up", "--yes"))


def test_a_program_that_fails_after_some_resources_stops_it(untouched):
    untouched.wants([NEW, *BASE], fails="the list of hosts cannot be read")

    refused(untouched.ops("up", "--yes"), "the list of hosts cannot be read")


def test_a_program_that_gives_another_plan_the_second_time_stops_it(untouched):
    untouched.wants([NEW, *BASE, resource("kv", "counter", title="{run}")])

    refused(untouched.ops("up", "--yes"), "the program never gives the same twice")


def test_without_a_terminal_nobody_has_agreed(untouched):
    untouched.wants([NEW, *BASE])

    refused(untouched.ops("up"), "create WorkersKvNamespace cache", "add --yes")


def test_a_yes_does_not_agree_to_the_loss_of_data(untouched):
    untouched.wants([NEW, *BASE, EXPIRY])

    done = untouched.ops("up", "--yes")

    refused(done, "loses data", f"--accept {HASH.findall(done.out)[0]}")


def test_the_hash_of_another_plan_agrees_to_nothing(untouched):
    untouched.wants([NEW, *BASE, EXPIRY])

    done = untouched.ops("up", "--yes", "--accept", "0" * 32)

    refused(done, f"is for another plan; this one is {HASH.findall(done.out)[0]}")


def test_what_is_protected_is_not_destroyed(untouched):
    refused(untouched.ops("destroy", "--yes"), "R2Bucket documents is protected and would go")


def test_a_plan_that_was_accepted_is_done_and_an_up_without_a_change_runs_once(
    production, tmp_path
):
    """FW-4: by the hash that the comment of its JSON shows, which is the one that `up` asks for."""
    production.wants([*BASE, EXPIRY])
    shown, accepted, done_by = (tmp_path / name for name in ("shown", "accepted", "done"))
    assert production.ops("preview", "--out", str(shown)).code == 0
    digest = digest_of(read_plan(shown))
    accepted.write_text(f"{'0' * 32}\n{digest}\n")

    done = production.ops("up", "--yes", "--accepted", str(accepted), "--out", str(done_by))

    assert done.code == 0, done.said
    assert digest == HASH.findall(done.out)[0] == digest_of(read_plan(done_by))
    assert "created R2BucketLifecycle documents-expiry" in done.out
    before = production.runs()
    again = production.ops("up")
    assert again.out.endswith("no changes\n"), again.said
    assert production.runs() == before + 1


@pytest.fixture(scope="module")
def stopped(production):
    """Give the stack with its local Cloudflare stopped, so that another server takes its port."""
    assert production.clone.local("stop").code == 0
    return production


FAULTS = {
    "not found, in the words of the API": (faulty.gone, "refuses (404, code 7003)"),
    "a page of a proxy": (faulty.page, "does not answer as Cloudflare's API v4 (404)"),
    "a portal": (faulty.portal, "does not answer as Cloudflare's API v4 (200)"),
    "another account": (faulty.other_account, "is another account"),
    "no success": (faulty.unsuccessful, "refuses (200)"),
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_not_the_api_of_the_account_is_not_believed(stopped, fault, said):
    before = stopped.everything()

    with faulty.serving(stopped.clone.port, fault):
        done = stopped.ops("refresh")

    assert done.code == 1
    assert said in done.err
    assert "nothing was read into the state of production" in done.err
    assert stopped.everything() == before


@pytest.fixture(scope="module")
def recorded(stopped):
    """Give the stack with a plugin that drops what is not found, whoever says so."""
    plugin = stopped.clone.root / "toolchain" / "bin" / "pulumi-resource-cloudflare"
    python = stopped.clone.root / ".venv" / "bin" / "python"
    plugin.write_text(f'#!/bin/sh\nexec "{python}" -u "{recorded_plugin.__file__}" "$@"\n')
    return stopped


@pytest.mark.parametrize("fault", [faulty.gone, faulty.page, faulty.unsuccessful])
def test_no_store_leaves_the_state_when_it_cannot_be_found(recorded, fault):
    before = recorded.everything()

    with faulty.serving(recorded.clone.port, faulty.lost(fault)):
        done = recorded.ops("refresh")

    assert done.code == 1
    assert "R2Bucket documents, WorkersKvNamespace sessions no longer exist" in done.err
    assert recorded.everything() == before


def test_a_store_that_was_deleted_on_purpose_leaves_the_state(recorded):
    with faulty.serving(recorded.clone.port, faulty.lost(faulty.gone)):
        refused = recorded.ops("refresh")
        done = recorded.ops("refresh", "--accept", refused.err.split()[-1])

    assert done.code == 0, done.said
    assert "sessions-production" not in recorded.everything()[1]
