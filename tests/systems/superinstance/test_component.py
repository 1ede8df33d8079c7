"""What SuperInstance registers in each stack, and what its block refuses (SI-1, SI-3)."""

from functools import partial

import pytest
import yaml

import config
from systems.platform import build
from systems.registry import SYSTEMS
from systems.superinstance import operations
from systems.superinstance.component import STRIPE_SECRETS
from systems.superinstance.system import SYSTEM
from tests.config.examples import ROOT, SECRETS, as_engine, good
from tests.support import deploy

BILLING = "WorkersScript superinstance-billing"
STACKS = ["development", "pr-7", "staging", "production"]
HOLDERS = ["D1Database superinstance-database", BILLING]
EXAMPLE = (ROOT / "tests/systems/superinstance/example.yaml").read_text()
OWN_SECRETS = {
    "superinstance:ANTHROPIC_API_KEY": "sk-ant-4fz8kQ2m7Tq1Zx",
    "superinstance:OPENAI_API_KEY": "sk-proj-4fz8kQ2m7Tq1Zx",
    "superinstance:SERVICE_KEY": "planted-service-key-4fz8kQ2m7Tq1",
    "superinstance:STRIPE_WEBHOOK_SECRET": "whsec_4fz8kQ2m7Tq1",
    "superinstance:STRIPE_WEBHOOK_SECRET_PREVIOUS": "whsec_9hN3vY6c0Rw5",
}
ALL = (*(each for each in SYSTEMS if each.name != SYSTEM.name), SYSTEM)


def values(stack="development", **changes):
    """Give a stack that has SuperInstance beside the others."""
    return {**good(stack), **yaml.safe_load(EXAMPLE), **OWN_SECRETS, **changes}


def load(given, stack="development"):
    """Read the configuration."""
    secret = (SECRETS.keys() | OWN_SECRETS.keys()) & given.keys()
    source = config.Source(f"Pulumi.{stack}.yaml", as_engine(given), frozenset(secret))
    return config.load(stack, ALL, source)


@pytest.fixture(scope="module")
def stacks():
    """Deploy every stack once into a recording."""
    made = {}
    for stack in STACKS:
        made[stack] = deploy(partial(build, load(values(stack), stack), ALL), stack=stack)
    return made


def bindings(resources):
    """Give what billing is bound to, by name."""
    return {it["name"]: it for it in resources[BILLING].inputs["bindings"]["value"]}


@pytest.mark.parametrize("stack", STACKS)
def test_billing_answers_at_its_host(stacks, stack):
    host = f"superinstance-billing-{stack}.chitty.cc"

    domain = stacks[stack][f"WorkersCustomDomain superinstance-billing-{host}"]
    assert domain.inputs["service"] == f"superinstance-billing-{stack}"


@pytest.mark.parametrize("stack", STACKS)
def test_billing_has_what_it_reads_and_nothing_else(stacks, stack):
    code = (ROOT / "systems/superinstance/workers/billing/env.ts").read_text()
    read = {line.strip().partition(":")[0] for line in code.splitlines() if line.endswith(";")}

    assert set(bindings(stacks[stack])) == read
    assert bindings(stacks[stack])["FLUSH_AT_NANO"]["text"] == "5000000000"
    assert bindings(stacks[stack])["FLUSH_SECONDS"]["text"] == "300"


@pytest.mark.parametrize("stack", STACKS)
def test_its_names_that_the_configuration_checks_are_those_that_are_bound(stacks, stack):
    _, used = SYSTEM.workers(load(values(stack), stack).blocks["superinstance"].settings)

    assert used.bindings | set(STRIPE_SECRETS) == set(bindings(stacks[stack]))


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("stack", STACKS)
def test_data_stays_outside_development(stacks, stack, holder):
    stays = stack in {"staging", "production"}

    assert stacks[stack][holder].protect is stays
    assert stacks[stack][holder].retain is stays


def test_billing_waits_for_its_tables(stacks):
    waits = stacks["staging"][BILLING].depends_on

    assert "D1Migrations superinstance-database-migrations" in waits


@pytest.mark.parametrize("stack", STACKS)
def test_no_secret_is_in_the_clear(stacks, stack):
    assert stacks[stack][BILLING].is_secret("bindings")
    shown = str(stacks[stack]["chittyos:Worker superinstance-billing"].request)
    assert not any(value in shown for value in OWN_SECRETS.values())


SPOILED = {
    "a key of the API in the place of the secret": (
        {"superinstance:STRIPE_WEBHOOK_SECRET": "sk_live_4fz8kQ2m7Tq1"},
        "superinstance:STRIPE_WEBHOOK_SECRET",
        "is a key of Stripe's API",
    ),
    "the same secret twice": (
        {"superinstance:STRIPE_WEBHOOK_SECRET_PREVIOUS": "whsec_4fz8kQ2m7Tq1"},
        "superinstance:STRIPE_WEBHOOK_SECRET_PREVIOUS",
        "is the same as STRIPE_WEBHOOK_SECRET",
    ),
    "a placeholder": (
        {"superinstance:STRIPE_WEBHOOK_SECRET": "YOUR_SECRET_HERE"},
        "superinstance:STRIPE_WEBHOOK_SECRET",
        "is a placeholder",
    ),
    "a database of another system": (
        {"superinstance:database": {"name": "chittyid-{stack}"}},
        "superinstance:database.name",
        "chittyid-development",
    ),
}


@pytest.mark.parametrize(("changes", "path", "said"), SPOILED.values(), ids=SPOILED)
def test_its_block_is_refused_with(changes, path, said):
    with pytest.raises(config.ConfigError) as raised:
        load(values(**changes))

    found = {problem.path: problem.text for problem in raised.value.problems}
    assert said in found[path]
    assert not any(value in str(raised.value) for value in changes.values() if "_4fz" in value)


@pytest.mark.parametrize("cents", [0, -1, 5.5, 1_000_001, "much"])
def test_the_amount_of_a_flush_is_whole_cents(cents):
    billing = {**values()["superinstance:billing"], "flush_at_cents": cents}

    with pytest.raises(config.ConfigError) as raised:
        load(values(**{"superinstance:billing": billing}))

    assert "superinstance:billing.flush_at_cents" in str(raised.value)


def test_its_demand_is_what_was_counted():
    settings = load(values()).blocks["superinstance"].settings
    demand = operations.demand(settings)

    assert demand.worker_requests_month == 1_000_000
    assert demand.do_requests_month == 2_050_000 + 2 * 1_000_000  # two of the journal each
    assert demand.d1_rows_written_month == 1_000_000 + 50_000 * 2
    assert demand.kv_writes_day == 0
