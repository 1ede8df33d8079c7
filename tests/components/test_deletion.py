"""No store and no component may be deleted, and so replaced, with another resource."""

import pulumi
import pytest

from components.deletion import STORES, refuse_deleted_with
from components.kv import Namespace, NamespaceArgs
from components.sdk import cloudflare
from planning.refusals import RefusedError
from policies.rules.stateful import HOLDS_DATA
from tests.support import deploy

ACCOUNT = "ab" * 16
REFUSED = r"deleted_with is set, and it may hold data: .*use depends_on for the order"


def guarded(build):
    """Deploy what *build* makes beside a queue, under the transformation of the platform."""

    def program():
        pulumi.runtime.register_stack_transformation(refuse_deleted_with)
        queue = cloudflare.Queue("events", account_id=ACCOUNT, queue_name="events")
        build(pulumi.ResourceOptions(deleted_with=queue))

    return deploy(program)


STORE = {
    "database": lambda opts: cloudflare.D1Database("it", account_id=ACCOUNT, name="n", opts=opts),
    "bucket": lambda opts: cloudflare.R2Bucket("it", account_id=ACCOUNT, name="n", opts=opts),
    "namespace": lambda opts: cloudflare.WorkersKvNamespace(
        "it", account_id=ACCOUNT, title="n", opts=opts
    ),
    "queue": lambda opts: cloudflare.Queue("it", account_id=ACCOUNT, queue_name="n", opts=opts),
    "script": lambda opts: cloudflare.WorkersScript(
        "it", account_id=ACCOUNT, script_name="n", opts=opts
    ),
    "component": lambda opts: Namespace(
        "it", NamespaceArgs(title="n"), account_id=ACCOUNT, opts=opts
    ),
}


@pytest.mark.parametrize("build", STORE.values(), ids=STORE)
def test_what_may_hold_data_is_refused_by_name(build):
    with pytest.raises(RefusedError, match=f"^it: {REFUSED}"):
        guarded(build)


def test_what_holds_nothing_may_go_with_another():
    made = guarded(
        lambda opts: cloudflare.WorkersCronTrigger(
            "it", account_id=ACCOUNT, script_name="n", schedules=[{"cron": "* * * * *"}], opts=opts
        )
    )

    assert made["WorkersCronTrigger it"].request.deletedWith


def test_every_store_is_one_of_those_that_policies_protect():
    assert {*HOLDS_DATA} >= STORES
