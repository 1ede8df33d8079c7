"""Plain `pulumi` with the engine that there is, as the README has it: its whole round (FW-4)."""

from contextlib import contextmanager

import pytest

from harness.clone import runs_of

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

STACK = ("--stack", "development", "--non-interactive")
OPEN_BUCKET = """
import pulumi_cloudflare as cloudflare

cloudflare.R2BucketCors(
    "open",
    account_id="0" * 32,
    bucket_name="documents",
    rules=[{"id": "all", "allowed": {"origins": ["*"], "methods": ["PUT"]}}],
)
"""


def test_previews_deploys_refreshes_and_destroys(clone):
    clone.keep("chittyconnect", "project_awareness")  # all of them take twice as long
    planned = clone.pulumi("preview", *STACK)
    assert planned.code == 0, planned.said
    assert "to create" in planned.out
    assert "chittyos" in planned.out  # the policy pack is named with what it checked

    made = clone.pulumi("up", "--yes", *STACK)
    assert made.code == 0, made.said
    assert clone.api("/workers/scripts")
    assert clone.ops("verify", "development").code == 0
    settled = clone.pulumi("up", "--yes", *STACK)  # an upload without its applied migrations
    assert settled.code == 0, settled.said
    assert "3 updated" in settled.out  # every script whose objects have a history

    again = clone.pulumi("preview", "--expect-no-changes", *STACK)
    assert again.code == 0, again.said
    read = clone.pulumi("refresh", "--yes", *STACK)
    assert read.code == 0, read.said
    unchanged = clone.ops("up", "development", "--yes")
    assert unchanged.said.splitlines()[-1] == "no changes"

    gone = clone.pulumi("destroy", "--yes", *STACK)
    assert gone.code == 0, gone.said
    assert not clone.api("/workers/scripts")
    assert not clone.resources()
    assert not runs_of(clone.root)


@contextmanager
def program(clone, addition):
    """Let the program end with *addition* for a while."""
    path = clone.root / "__main__.py"
    text = path.read_text()
    path.write_text(text + addition)
    try:
        yield
    finally:
        path.write_text(text)


def test_a_mandatory_policy_stops_it(clone):
    with program(clone, OPEN_BUCKET):
        refused = clone.pulumi("preview", *STACK)

    assert refused.code != 0
    assert "r2-no-wildcard-write-cors" in refused.said


def test_an_error_of_the_program_is_said_once(clone):
    with program(clone, "import pulumi\n\nraise pulumi.RunError('the plan is too small')\n"):
        refused = clone.pulumi("preview", *STACK)

    assert refused.code != 0
    _, diagnostics = refused.out.split("Diagnostics:")
    assert diagnostics.count("the plan is too small") == 1
    assert "Traceback" not in refused.said
