"""What buckets, namespaces, databases and queues create, and how they are kept."""

import pulumi
import pytest
from pydantic import ValidationError

from components.bucket import Bucket, BucketArgs, Cors, Lifecycle
from components.database import Database, DatabaseArgs, read_files
from components.kv import Namespace, NamespaceArgs
from components.queue import Consumer, ConsumerArgs, Queue, QueueArgs
from planning.ledger import File
from planning.refusals import RefusedError
from tests.support import deploy

ACCOUNT = "ab" * 16
FILE = File("001_a.sql", "CREATE TABLE a (x);")
LOCAL = "http://127.0.0.1:1/client/v4"


def bucket(**args):
    return deploy(lambda: Bucket("docs", BucketArgs(bucket="d", **args), account_id=ACCOUNT))


def namespace(**args):
    given = NamespaceArgs(title="t", **args)
    return deploy(lambda: Namespace("tokens", given, account_id=ACCOUNT))


def database(**args):
    given = DatabaseArgs(database="d", files=(FILE,), **args)
    return deploy(lambda: Database("data", given, account_id=ACCOUNT))


def queue(**args):
    return deploy(lambda: Queue("events", QueueArgs(queue="q", **args), account_id=ACCOUNT))


STORES = {
    "bucket": (bucket, "R2Bucket docs"),
    "namespace": (namespace, "WorkersKvNamespace tokens"),
    "database": (database, "D1Database data"),
    "queue": (queue, "Queue events"),
}


@pytest.mark.parametrize(("build", "holder"), STORES.values(), ids=STORES)
def test_what_holds_data_is_protected_and_outlives_its_stack_by_default(build, holder):
    held = build()[holder]

    assert held.protect
    assert held.retain


@pytest.mark.parametrize(("build", "holder"), STORES.values(), ids=STORES)
def test_what_is_not_to_be_kept_can_be_destroyed(build, holder):
    held = build(retain=False)[holder]

    assert not held.protect
    assert not held.retain


def test_a_bucket_always_has_a_lifecycle_and_no_public_address():
    made = bucket()

    assert made.keys() == {
        "chittyos:Bucket docs",
        "R2Bucket docs",
        "R2BucketLifecycle docs-lifecycle",
        "R2ManagedDomain docs-managed-domain",
    }
    assert made["R2BucketLifecycle docs-lifecycle"].inputs["rules"] == []
    assert made["R2ManagedDomain docs-managed-domain"].inputs["enabled"] is False


@pytest.mark.parametrize(
    ("origins", "said"),
    {
        ("https://example.com/app",): "is no origin",
        ("http://localhost:*",): "is no origin",
        ("https://*.*.example.com",): r"has more than one \*",
        ("https://*.example.com", "https://a.example.com"): "leave one of them out",
    }.items(),
)
def test_an_origin_that_r2_would_refuse_or_that_does_nothing_is_refused(origins, said):
    """cloudflare-docs#32888 (CC-7)."""
    with pytest.raises(ValidationError, match=said):
        Cors(id="connect", origins=origins)


def test_a_bucket_opens_to_pages_as_asked():
    rule = Cors(
        id="connect",
        origins=("https://connect.chitty.cc",),
        methods=("GET", "PUT"),
        headers=("*",),
        expose=("ETag",),
    )

    assert bucket(cors=(rule,))["R2BucketCors docs-cors"].inputs["rules"] == [
        {
            "id": "connect",
            "allowed": {
                "origins": ["https://connect.chitty.cc"],
                "methods": ["GET", "PUT"],
                "headers": ["*"],
            },
            "exposeHeaders": ["ETag"],
            "maxAgeSeconds": 3600,
        }
    ]


def test_ages_are_days_in_and_seconds_out():
    rules = (
        Lifecycle(id="a", prefix="temp/", delete_after=7),
        Lifecycle(id="b", prefix="archive/", infrequent_after=90),
        Lifecycle(id="c", prefix="", abort_uploads_after=1),
    )
    made = bucket(lifecycle=rules)["R2BucketLifecycle docs-lifecycle"].inputs["rules"]

    assert [rule["conditions"]["prefix"] for rule in made] == ["temp/", "archive/", ""]
    assert made[0]["deleteObjectsTransition"]["condition"] == {"type": "Age", "maxAge": 604800}
    assert made[1]["storageClassTransitions"] == [
        {"condition": {"type": "Age", "maxAge": 7776000}, "storageClass": "InfrequentAccess"}
    ]
    assert made[2]["abortMultipartUploadsTransition"]["condition"]["maxAge"] == 86400
    assert all(rule["enabled"] for rule in made)


def test_a_database_says_that_it_has_no_replicas():
    assert database()["D1Database data"].inputs["readReplication"] == {"mode": "disabled"}


def test_migrations_wait_for_their_database_and_carry_no_token(monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", LOCAL)
    made = database()["D1Migrations data-migrations"]

    assert "D1Database data" in made.depends_on
    assert made.type == "pulumi-python:dynamic/chittyos:D1Migrations"
    assert made.inputs["files"] == [{"name": FILE.name, "sha256": FILE.sha256, "sql": FILE.sql}]
    assert made.inputs["base_url"] == LOCAL
    assert "canary-token" not in str(made.request)


def test_files_are_read_in_order(tmp_path):
    for name in ("004_b.sql", "003_a.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    (tmp_path / "notes.md").write_text("not a migration")

    assert [file.name for file in read_files(tmp_path)] == ["003_a.sql", "004_b.sql"]


def test_a_folder_out_of_order_is_refused_by_name(tmp_path):
    (tmp_path / "3_a.sql").write_text("SELECT 1;")
    with pytest.raises(RefusedError, match=rf"{tmp_path.name}: 3_a\.sql is no migration name"):
        read_files(tmp_path)


class Script:
    """A worker that is deployed."""

    def __init__(self):
        self.script_name = pulumi.Output.from_input("some-worker")


def test_a_consumer_says_every_setting_and_where_failures_go():
    def build():
        dead = Queue("dead", QueueArgs(queue="q-dlq"), account_id=ACCOUNT)
        events = Queue("events", QueueArgs(queue="q"), account_id=ACCOUNT, dead_letters=dead)
        Consumer("consumer", ConsumerArgs(batch_size=5), queue=events, worker=Script())

    made = deploy(build)["QueueConsumer consumer"]

    assert made.inputs == {
        "accountId": ACCOUNT,
        "queueId": "events-id",
        "type": "worker",
        "scriptName": "some-worker",
        "deadLetterQueue": "q-dlq",
        "settings": {
            "batchSize": 5,
            "maxConcurrency": 5,
            "maxRetries": 3,
            "maxWaitTimeMs": 5000,
            "retryDelay": 30,
        },
    }
    assert made.delete_before_replace
    assert {"Queue events", "Queue dead"} <= made.depends_on
