"""What ChittyID registers in each stack, and what its block refuses."""

import hashlib
import json
from functools import partial

import pytest

from config import ConfigError
from systems.chittyid.component import PLATFORM_SECRET, api_tokens
from systems.chittyid.operations import EXAMPLE, SLIP, demand
from systems.chittyid.settings import ChittyIdSecrets
from systems.chittyid.system import SYSTEM
from systems.platform import build
from tests.config.examples import ROOT, good, load, loaded, one, put, source
from tests.support import deploy, own_bindings

WORKER = "WorkersScript chittyid-worker"
HOSTS = {
    "development": ["id-development.chitty.cc", "chittyid-development.chitty.cc"],
    "pr-7": ["id-pr-7.chitty.cc", "chittyid-pr-7.chitty.cc"],
    "staging": ["id-staging.chitty.cc", "chittyid-staging.chitty.cc"],
    "production": ["id.chitty.cc", "chittyid.chitty.cc"],
}
HOLDERS = ["D1Database chittyid-database", "WorkersKvNamespace chittyid-copies"]


@pytest.fixture(scope="module")
def stacks():
    """Deploy every stack once into a recording."""
    return {stack: deploy(partial(build, loaded(stack)), stack=stack) for stack in HOSTS}


def bindings(resources):
    return own_bindings(resources[WORKER].inputs["bindings"]["value"])


@pytest.mark.parametrize(("stack", "hosts"), HOSTS.items())
def test_it_answers_at_its_host_and_its_alias(stacks, stack, hosts):
    for host in hosts:
        domain = stacks[stack][f"WorkersCustomDomain chittyid-worker-{host}"]
        assert domain.inputs["service"] == f"chittyid-{stack}"


@pytest.mark.parametrize("stack", HOSTS)
def test_the_worker_has_what_it_reads_and_nothing_else(stacks, stack):
    code = (ROOT / "systems/chittyid/workers/id/env.ts").read_text()
    read = {line.strip().partition(":")[0] for line in code.splitlines() if line.endswith(";")}

    assert set(bindings(stacks[stack])) == read
    assert bindings(stacks[stack])["ENTITY_TYPES"]["text"] == "EVNT,PEO,PLACE,PROP"


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("stack", HOSTS)
def test_data_stays_outside_development(stacks, stack, holder):
    stays = stack in {"staging", "production"}

    assert stacks[stack][holder].protect is stays
    assert stacks[stack][holder].retain is stays


def test_the_worker_waits_for_its_tables(stacks):
    assert "D1Migrations chittyid-database-migrations" in stacks["staging"][WORKER].depends_on


def test_the_token_of_the_unified_platform_is_set_in_production_after_the_worker_knows_it(stacks):
    secret = stacks["production"]["chittyos:WorkerSecret chittyid-unified-platform-token"]

    assert secret.inputs == {
        "script": "chittyos-unified-platform",
        "secret": PLATFORM_SECRET,
        "rehearsal": False,
    }
    assert WORKER in secret.depends_on
    assert not any("unified-platform" in name for name in stacks["staging"])


def test_the_worker_knows_the_hashes_of_tokens_alone(stacks):
    tokens = {"ADMIN_TOKEN": "a" * 20 + "d" * 20, "CHITTY_ID_TOKEN": "b" * 20 + "c" * 20}
    previous = {"CHITTY_ID_TOKEN_PREVIOUS": "e" * 20 + "f" * 20}
    written = api_tokens(ChittyIdSecrets.model_validate({**tokens, **previous}))

    assert not any(token in written for token in (*tokens.values(), *previous.values()))
    assert [(each["id"], each["scopes"]) for each in json.loads(written)] == [
        ("admin", ["admin"]),
        ("unified-platform", ["mint", "validate", "read"]),
        ("unified-platform", ["mint", "validate", "read"]),
    ]
    assert hashlib.sha256(tokens["ADMIN_TOKEN"].encode()).hexdigest() in written
    assert all(stacks[stack][WORKER].is_secret("bindings") for stack in HOSTS)


SPOILED = {
    "the worker itself": ("chittyid:unified_platform", "chittyid-{stack}", "is the worker itself"),
    "a type that is none": ("chittyid:entity_types", ["evnt"], "evnt"),
    "no types": ("chittyid:entity_types", [], "at least one entry"),
    "a type twice": ("chittyid:entity_types", ["PEO", "PEO"], "names PEO more than once"),
    "one token for two": ("chittyid:CHITTY_ID_TOKEN", None, "is the same as ADMIN_TOKEN"),
    "a short token": ("chittyid:ADMIN_TOKEN", "qUiet-0tter-71", "32 or more visible ASCII"),
    "a placeholder (ID-4)": (
        "chittyid:CHITTY_ID_TOKEN",
        "YOUR_TOKEN_HERE_REPLACE_ME",
        "is a placeholder",
    ),
    "a token that was printed (ID-4)": (
        "chittyid:CHITTY_ID_TOKEN",
        "mcp_auth_" + "0123456789abcdef" * 2,
        "was printed in a document",
    ),
    "more of KV than the budget (ID-2)": (
        "chittyos:kv_budget",
        {"reads_day": 10_000},
        (
            "107,667 are expected and 10,000 allowed "
            "(chittyconnect 1,000, chittyid 10,000, project_awareness 20,000, "
            "superinstance 76,667)"
        ),
    ),
}


@pytest.mark.parametrize(("path", "value", "said"), SPOILED.values(), ids=SPOILED)
def test_what_its_block_refuses(path, value, said):
    values = good()
    given = values["chittyid:ADMIN_TOKEN"] if value is None else value
    where, text = one(put(values, path, given))

    assert where.startswith(path)
    assert said in text
    if "TOKEN" in path:
        assert given not in text


def test_an_alias_is_no_host_twice():
    where, text = one(put(good(), "chittyid:aliases", ["id-{stack}.chitty.cc"]))

    assert where.startswith("chittyid:aliases[0]")
    assert "id-development.chitty.cc" in text


@pytest.mark.parametrize(
    ("operation", "most"),
    [("reads", 100_000), ("writes", 1_000), ("deletes", 1_000), ("lists", 1_000)],
)
def test_a_forecast_above_workers_free_is_refused_by_operation(operation, most):
    """ID-2: 1,000 writes a day were exhausted, and every pipeline stood still."""
    values = {
        **good(),
        "chittyos:plan": "free",
        "chittyconnect:expected": {"kv_reads_day": 0, "kv_writes_day": 0},
        "project_awareness:expected": {"kv_reads_day": 0, "kv_writes_day": 0},
    }
    field = f"chittyid:expected.kv_{operation}_day"

    assert "more than" not in str(load_texts(put(values, field, most)))
    (found,) = load_texts(put(values, field, most + 1))
    assert f"KV {operation} a day are expected and Workers Free has" in found


def load_texts(values):
    """Say what is refused of *values* as to KV."""
    try:
        load("development", source(values))
    except ConfigError as error:
        return [each.text for each in error.problems if "KV" in each.text]
    return []


def test_the_forecast_is_what_the_source_expects_and_a_tenth_of_it_in_kv():
    settings = loaded().blocks["chittyid"].settings
    asked = demand(settings)
    operations = (
        asked.kv_reads_day + asked.kv_writes_day + asked.kv_deletes_day + asked.kv_lists_day
    )

    assert settings.expected.lookups_day == 100_000
    assert operations <= 300_000
    assert asked.kv_reads_day * 10 <= settings.expected.lookups_day


def test_the_nine_points_are_declared_with_an_id_and_a_slip_of_it():
    paths = [each.path for each in SYSTEM.smoke]

    assert len(paths) == 9
    assert sorted(EXAMPLE) == sorted(SLIP)
    assert {each.bearer for each in SYSTEM.smoke} == {"", "CHITTY_ID_TOKEN", "ADMIN_TOKEN"}
