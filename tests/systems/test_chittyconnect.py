"""What ChittyConnect registers in each stack."""

import json
from pathlib import Path

import pytest

from systems.chittyconnect import component as chittyconnect
from systems.platform import build
from tests.config.examples import CANARY, SECRETS, loaded, tracked
from tests.support import deploy

NAMES = Path(__file__).parent / "names.json"
WORKERS = {
    "WorkersScript chittyconnect-worker",
    "WorkersScript chittyid-worker",
    "WorkersScript project_awareness-watch",
    "WorkersScript project_awareness-worker",
    "WorkersScript superinstance-billing",
    "WorkersScript superinstance-router",
}
"""Those that have secrets."""

WORKER = "WorkersScript chittyconnect-worker"
HOLDERS = [
    "R2Bucket chittyconnect-documents",
    "WorkersKvNamespace chittyconnect-sessions",
    "D1Database chittyconnect-database",
    "Queue chittyconnect-events",
    "Queue chittyconnect-events-dead",
    WORKER,
]
STACKS = ["development", "pr-7", "staging", "production"]


@pytest.fixture(scope="module")
def stacks():
    """Deploy every stack once into a recording."""
    return {stack: deployed(stack) for stack in STACKS}


def deployed(stack):
    return deploy(lambda: build(loaded(stack)), stack=stack)


def bindings(resources):
    return {binding["name"]: binding for binding in resources[WORKER].inputs["bindings"]["value"]}


def variables(resources):
    kinds = bindings(resources).values()
    return {it["name"]: it["text"] for it in kinds if it["type"] == "plain_text"}


def changed(stack="development", **blocks):
    """Deploy *stack* with settings of top-level blocks changed."""
    given = {
        f"chittyconnect:{name}": {**tracked(stack).get(f"chittyconnect:{name}", {}), **settings}
        for name, settings in blocks.items()
    }
    return deploy(lambda: build(loaded(stack, **given)), stack=stack)


def test_the_names_of_resources_are_a_contract(stacks):
    """A changed name is a new resource: the old one goes, with what it holds."""
    names = {stack: sorted(resources) for stack, resources in stacks.items()}
    recorded = json.loads(NAMES.read_text())

    assert names == recorded


@pytest.mark.parametrize("stack", STACKS)
def test_a_child_is_named_after_its_parent(stacks, stack):
    for resource in stacks[stack].values():
        kind, _, parent = resource.parent.partition(" ")
        if parent and kind != "Stack" and parent != "platform":
            assert resource.name.startswith(parent)


@pytest.mark.parametrize("stack", ["staging", "production"])
@pytest.mark.parametrize("holder", HOLDERS)
def test_data_is_protected_and_retained_outside_development(stacks, stack, holder):
    assert stacks[stack][holder].protect
    assert stacks[stack][holder].retain


@pytest.mark.parametrize("stack", ["development", "pr-7"])
@pytest.mark.parametrize("holder", HOLDERS)
def test_a_development_stack_can_be_destroyed(stacks, stack, holder):
    assert not stacks[stack][holder].protect
    assert not stacks[stack][holder].retain


def test_the_worker_has_the_bindings_of_the_sources(stacks):
    kinds = {name: binding["type"] for name, binding in bindings(stacks["production"]).items()}

    assert (
        kinds.items()
        >= {
            "SESSION_STATE": "durable_object_namespace",
            "TOKEN_KV": "kv_namespace",
            "DOCUMENT_STORAGE": "r2_bucket",
            "DB": "d1",
            "DOCUMENT_EVENTS": "queue",
            "API_TOKENS": "secret_text",
            "R2_ACCESS_KEY_ID": "secret_text",
            "R2_SECRET_ACCESS_KEY": "secret_text",
            "ENVIRONMENT": "plain_text",
            "DO_ROLLOUT_PERCENTAGE": "plain_text",
        }.items()
    )
    assert bindings(stacks["production"])["SESSION_STATE"]["className"] == "SessionStateDO"
    assert "ONEPASSWORD_CONNECT_TOKEN" not in kinds


def test_every_binding_the_worker_reads_is_given(stacks):
    """`env.ts` says what the worker reads; a name with `?` may be missing."""
    code = chittyconnect.FOLDER / "workers/connect/env.ts"
    lines = [line.strip() for line in code.read_text().splitlines()]
    read = [line.partition(":")[0] for line in lines if line.endswith(";") and ": " in line]

    assert read
    assert {name for name in read if not name.endswith("?")} <= bindings(stacks["staging"]).keys()


def test_the_variables_of_staging(stacks):
    account = loaded("staging").deployment.account

    assert variables(stacks["staging"]) == {
        "ENVIRONMENT": "staging",
        "ENABLE_DURABLE_OBJECTS": "false",
        "DO_ROLLOUT_PERCENTAGE": "0.10",
        "ENABLE_R2_STORAGE": "true",
        "ONEPASSWORD_CONNECT_URL": "",
        "SERVICE_VAULTS": "",
        "CORS_ORIGIN": "https://connect-staging.chitty.cc",
        "R2_S3_ENDPOINT": f"https://{account}.r2.cloudflarestorage.com",
        "R2_BUCKET_NAME": "chittyconnect-documents-staging",
        "QUOTA_BYTES": "1073741824",
        "QUOTA_DOCUMENTS": "10000",
        "MAX_UPLOAD_BYTES": "104857600",
        "SESSION_TTL_SECONDS": "86400",
        "SESSION_MAX_BYTES": "131072",
    }


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        ({"everyone": True}, ("true", "0.10")),
        ({"everyone": False, "percentage": "0.25"}, ("false", "0.25")),
        ({"everyone": False, "percentage": 0}, ("false", "0.00")),
    ],
)
def test_the_rollout_reaches_the_worker(rollout, expected):
    made = variables(changed(rollout=rollout))

    assert (made["ENABLE_DURABLE_OBJECTS"], made["DO_ROLLOUT_PERCENTAGE"]) == expected


def test_storage_can_be_switched_off_without_losing_the_bucket():
    made = changed(documents={"enabled": False})

    assert variables(made)["ENABLE_R2_STORAGE"] == "false"
    assert bindings(made)["DOCUMENT_STORAGE"]["type"] == "r2_bucket"


def test_the_bucket_opens_to_its_own_host_only(stacks):
    rules = stacks["production"]["R2BucketCors chittyconnect-documents-cors"].inputs["rules"]

    assert rules == [
        {
            "id": "connect",
            "allowed": {
                "origins": ["https://connect.chitty.cc"],
                "methods": ["GET", "PUT", "POST", "DELETE"],
                "headers": ["*"],
            },
            "exposeHeaders": ["ETag"],
            "maxAgeSeconds": 3600,
        }
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_objects_age_as_the_sources_have_it(stacks, stack):
    made = stacks[stack]["R2BucketLifecycle chittyconnect-documents-lifecycle"].inputs["rules"]
    day = 86400

    assert {rule["id"]: rule["conditions"]["prefix"] for rule in made} == {
        "delete-temp-files": "temp/",
        "transition-old-files": "archive/",
        "abort-uploads": "",
    }
    assert made[0]["deleteObjectsTransition"]["condition"]["maxAge"] == 7 * day
    assert made[1]["storageClassTransitions"][0]["condition"]["maxAge"] == 90 * day
    assert made[2]["abortMultipartUploadsTransition"]["condition"]["maxAge"] == 7 * day


def test_failed_messages_go_to_the_dead_letters(stacks):
    consumer = stacks["production"]["QueueConsumer chittyconnect-events-consumer"]

    assert consumer.inputs["deadLetterQueue"] == "chittyconnect-documents-events-dlq"
    assert consumer.inputs["scriptName"] == "chittyconnect"
    assert WORKER in consumer.depends_on


def test_the_worker_waits_for_the_tables(stacks):
    worker = stacks["production"][WORKER]

    assert "D1Migrations chittyconnect-database-migrations" in worker.depends_on


def test_the_database_gets_the_tracked_migrations(stacks):
    made = stacks["production"]["D1Migrations chittyconnect-database-migrations"].inputs["files"]

    assert made[0]["name"] == "003_document_storage.sql"
    assert len(made) == len(list(chittyconnect.MIGRATIONS.glob("*.sql")))


def test_the_worker_answers_at_its_host(stacks):
    domain = "WorkersCustomDomain chittyconnect-worker-connect.chitty.cc"

    assert stacks["production"][domain].inputs["service"] == "chittyconnect"


@pytest.mark.parametrize("stack", STACKS)
def test_a_secret_is_nowhere_but_sealed_in_the_script(stacks, stack):
    for name, resource in stacks[stack].items():
        if name in WORKERS:
            assert resource.is_secret("bindings")
        elif resource.type.endswith(":WorkerSecret") and name.startswith("WorkerSecret "):
            assert resource.is_secret("value")
        else:
            assert not any(value in str(resource.request) for value in SECRETS.values())


def test_a_canary_would_be_found(stacks):
    assert CANARY in str(stacks["production"][WORKER].request)
