"""What sync is bound to in each stack, and what its block refuses (SI-1, SI-5, SI-6)."""

import pytest

import config
from systems.superinstance.system import SYSTEM
from tests.config.examples import ROOT
from tests.support import own_bindings
from tests.systems.superinstance.test_component import STACKS, load, stacks, values

__all__ = ["stacks"]

WORKER = "WorkersScript superinstance-sync"
BUCKETS = {"knowledge": "KNOWLEDGE_STORE", "models": "MODEL_CACHE"}


def bindings(resources):
    """Give what sync is bound to, by name."""
    return own_bindings(resources[WORKER].inputs["bindings"])


def with_sync(stack="development", **changes):
    """Give a stack whose sync is changed."""
    return values(stack, **{"superinstance:sync": {**values()["superinstance:sync"], **changes}})


@pytest.mark.parametrize("stack", STACKS)
def test_it_has_what_it_reads_and_nothing_else(stacks, stack):
    """SI-A18."""
    code = (ROOT / "systems/superinstance/workers/sync/env.ts").read_text()
    read = {line.strip().partition(":")[0] for line in code.splitlines() if line.endswith(";")}
    uses = SYSTEM.workers(load(values(stack), stack).blocks["superinstance"].settings)
    (used,) = (use for use in uses if use.path == "sync.worker")

    bound = bindings(stacks[stack])
    # What every API has bound stands where that is said of all.
    assert set(bound) == {name for name in read if name.isupper()} | {"CORS_ORIGIN"}
    assert set(bound) == used.bindings
    assert bound["JWT_AUDIENCE"]["text"] == f"https://superinstance-sync-{stack}.chitty.cc"
    assert bound["JWT_ISSUER"]["text"] == "https://auth.chitty.cc/"


@pytest.mark.parametrize("stack", STACKS)
def test_it_answers_at_its_host(stacks, stack):
    host = f"superinstance-sync-{stack}.chitty.cc"

    domain = stacks[stack][f"WorkersCustomDomain superinstance-sync-{host}"]
    assert domain.inputs["service"] == f"superinstance-sync-{stack}"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_files_stay_outside_development_and_are_nobody_elses(stacks, bucket):
    name = f"superinstance-{bucket}"

    for stack in STACKS:
        made = stacks[stack]
        assert made[f"R2Bucket {name}"].protect is (stack in {"staging", "production"})
        assert made[f"R2ManagedDomain {name}-managed-domain"].inputs["enabled"] is False
        assert f"R2BucketCors {name}-cors" not in made
        bound = bindings(made)[BUCKETS[bucket]]
        assert bound["bucketName"] == f"superinstance-{bucket}-{stack}"
        (rule,) = made[f"R2BucketLifecycle {name}-lifecycle"].inputs["rules"]
        assert "deleteObjectsTransition" not in rule


def test_it_waits_for_its_tables(stacks):
    waits = stacks["staging"][WORKER].depends_on

    assert "D1Migrations superinstance-database-migrations" in waits


def test_tokens_may_be_for_something_else_than_its_address():
    loaded = load(with_sync(jwt_audience="superinstance")).blocks["superinstance"].settings

    assert loaded.sync.audience == "superinstance"


LOOK_ALIKE = "https://identity.example"
SPOILED = {
    "keys in clear": ("staging", "jwks_url", "http://auth.chitty.cc/keys", "https://"),
    "keys of this machine": ("production", "jwks_url", "http://127.0.0.1:8791/keys", ""),
    "keys of the look-alike": ("staging", "jwks_url", f"{LOOK_ALIKE}/keys", "is nobody's"),
    "the look-alike itself": ("production", "jwt_issuer", f"{LOOK_ALIKE}/", "is nobody's"),
    "an issuer without a name": ("development", "jwt_issuer", "", ""),
    "an audience of two words": ("development", "jwt_audience", "a b", ""),
    "one bucket for both": (
        "development",
        "models",
        {"bucket": "superinstance-knowledge-{stack}"},
        "superinstance-knowledge-development",
    ),
}


@pytest.mark.parametrize(("stack", "name", "value", "said"), SPOILED.values(), ids=SPOILED)
def test_its_block_is_refused_with(stack, name, value, said):
    """SI-6: whoever can change the keys of the issuer can sign for every user."""
    with pytest.raises(config.ConfigError) as raised:
        load(with_sync(stack, **{name: value}), stack)

    found = {problem.path: problem.text for problem in raised.value.problems}
    path = f"superinstance:sync.{name}" + (".bucket" if name == "models" else "")
    assert said in found[path]


def test_the_look_alike_is_for_the_laptop():
    given = {"jwt_issuer": f"{LOOK_ALIKE}/", "jwks_url": f"{LOOK_ALIKE}/.well-known/jwks.json"}

    assert load(with_sync(**given))
