"""What SuperInstance registers in each stack, and what its block refuses (SI-1, SI-3)."""

from functools import partial

import pytest
import yaml

import config
from systems.platform import build
from systems.registry import SYSTEMS
from systems.superinstance import operations, uploads
from systems.superinstance.component import BILLING_SECRETS
from systems.superinstance.names import BACKUP_KEY
from systems.superinstance.system import SYSTEM
from tests.config.examples import ROOT, SECRETS, as_engine, good
from tests.support import deploy, own_bindings

BILLING = "WorkersScript superinstance-billing"
STACKS = ["development", "pr-7", "staging", "production"]
HOLDERS = ["D1Database superinstance-database", BILLING]
EXAMPLE = (ROOT / "tests/systems/superinstance/example.yaml").read_text()
UNLIKELY = "4fz8kQ2m7Tq2"
"""The end of a key that is nobody's."""
NOTICES = "https://hooks.chitty.cc/services/planted-4fz8kQ2m7Tq1"
OWN_SECRETS = {
    "superinstance:BACKUP_KEY": "planted-backup-key-4fz8kQ2m7Tq1Zx",
    "superinstance:ANTHROPIC_API_KEY": "sk-ant-4fz8kQ2m7Tq1Zx",
    "superinstance:OPENAI_API_KEY": "sk-proj-4fz8kQ2m7Tq1Zx",
    "superinstance:STRIPE_SECRET_KEY": f"rk_{'test'}_{UNLIKELY}",
    "superinstance:SERVICE_KEY": "planted-service-key-4fz8kQ2m7Tq1",
    "superinstance:STRIPE_WEBHOOK_SECRET": "whsec_4fz8kQ2m7Tq1",
    "superinstance:STRIPE_WEBHOOK_SECRET_PREVIOUS": "whsec_9hN3vY6c0Rw5",
    "superinstance:SPENDING_WEBHOOK_URL": NOTICES,
}
ALL = (*(each for each in SYSTEMS if each.name != SYSTEM.name), SYSTEM)


LIVE_KEY = f"rk_{'live'}_{UNLIKELY}"


def values(stack="development", **changes):
    """Give a stack that has SuperInstance beside the others."""
    key = {"superinstance:STRIPE_SECRET_KEY": LIVE_KEY} if stack == "production" else {}
    return {**good(stack), **yaml.safe_load(EXAMPLE), **OWN_SECRETS, **key, **changes}


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
    return own_bindings(resources[BILLING].inputs["bindings"]["value"])


@pytest.mark.parametrize("stack", STACKS)
def test_billing_answers_at_its_host(stacks, stack):
    host = f"superinstance-billing-{stack}.chitty.cc"

    domain = stacks[stack][f"WorkersCustomDomain superinstance-billing-{host}"]
    assert domain.inputs["service"] == f"superinstance-billing-{stack}"


@pytest.mark.parametrize("stack", STACKS)
def test_billing_has_what_it_reads_and_nothing_else(stacks, stack):
    """SI-A18."""
    code = (ROOT / "systems/superinstance/workers/billing/env.ts").read_text()
    read = {line.strip().partition(":")[0] for line in code.splitlines() if line.endswith(";")}

    assert set(bindings(stacks[stack])) == read
    assert bindings(stacks[stack])["FLUSH_AT_NANO"]["text"] == "5000000000"
    assert bindings(stacks[stack])["FLUSH_SECONDS"]["text"] == "300"


@pytest.mark.parametrize("stack", STACKS)
def test_its_names_that_the_configuration_checks_are_those_that_are_bound(stacks, stack):
    _, used, *_ = SYSTEM.workers(load(values(stack), stack).blocks["superinstance"].settings)

    assert used.bindings | {*BILLING_SECRETS, BACKUP_KEY} == set(bindings(stacks[stack]))


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
    """SI-P6, SI-A19."""
    assert stacks[stack][BILLING].is_secret("bindings")
    shown = str(stacks[stack]["chittyos:Worker superinstance-billing"].request)
    assert not any(value in shown for value in OWN_SECRETS.values())


def test_billing_knows_the_budget_for_providers_and_whom_to_tell():
    """SI-3."""
    budget = {"chittyos:budgets": {"models": {"dollars": 7_500}}}
    given = values(**budget)
    loaded = load(given)
    block = loaded.blocks["superinstance"]

    assert uploads.uploads(loaded, block.settings)["billing"].args.variables[
        "SPENDING_BUDGET_NANO"
    ] == str(7_500_000_000_000)
    assert block.secrets.SPENDING_WEBHOOK_URL.get_secret_value() == NOTICES


SPOILED = {
    "a webhook that the notice would go to in clear": (
        {"superinstance:SPENDING_WEBHOOK_URL": "http://hooks.chitty.cc/services"},
        "superinstance:SPENDING_WEBHOOK_URL",
        "is no address by https://",
    ),
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
    "too little of it": (
        {"superinstance:STRIPE_WEBHOOK_SECRET": "whsec_"},
        "superinstance:STRIPE_WEBHOOK_SECRET",
        "is too short for a secret that Stripe signs with; copy all of it: whsec_",
    ),
    "a key of Stripe in the place of Anthropic's": (
        {"superinstance:ANTHROPIC_API_KEY": "sk_live_4fz8kQ2m7Tq1"},
        "superinstance:ANTHROPIC_API_KEY",
        "is a key of Stripe, which Anthropic would see; set its own",
    ),
    "a key of Anthropic in the place of OpenAI's": (
        {"superinstance:OPENAI_API_KEY": f"sk-ant-api03_{UNLIKELY}"},
        "superinstance:OPENAI_API_KEY",
        "is a key of Anthropic, which OpenAI would see",
    ),
    "a key of OpenAI in the place of Anthropic's": (
        {"superinstance:ANTHROPIC_API_KEY": "sk-proj-x_4fz8kQ2m7Tq2"},
        "superinstance:ANTHROPIC_API_KEY",
        "is a key of OpenAI, which Anthropic would see",
    ),
    "one key of a gateway for both providers": (
        dict.fromkeys(
            ("superinstance:ANTHROPIC_API_KEY", "superinstance:OPENAI_API_KEY"),
            "gateway_4fz8kQ2m7Tq2",
        ),
        "superinstance:OPENAI_API_KEY",
        "is the same as ANTHROPIC_API_KEY; give each its own",
    ),
    "what events are signed with in the place of the key": (
        {"superinstance:STRIPE_SECRET_KEY": f"whsec_{UNLIKELY}x"},
        "superinstance:STRIPE_SECRET_KEY",
        "is what events are signed with; set the key of Stripe's API",
    ),
    "the key that pages may show": (
        {"superinstance:STRIPE_SECRET_KEY": f"pk_test_{UNLIKELY}"},
        "superinstance:STRIPE_SECRET_KEY",
        "is Stripe's publishable key, which may ask nothing",
    ),
    "a key of OpenAI in the place of Stripe's": (
        {"superinstance:STRIPE_SECRET_KEY": f"sk-proj-{UNLIKELY}_4fz"},
        "superinstance:STRIPE_SECRET_KEY",
        "is a key of OpenAI, which Stripe would see",
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


def refused(given, stack):
    """Give what is said of *given*, by path."""
    with pytest.raises(config.ConfigError) as raised:
        load(given, stack)
    return {problem.path.partition(":")[2]: problem.text for problem in raised.value.problems}


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_a_payment_is_believed_of_what_stripe_has_made_alone(stack):
    """SI-6: development signs with what this machine has made; a rehearsal as well."""
    made = {"superinstance:STRIPE_WEBHOOK_SECRET": "4fz8kQ2m7Tq1" * 3}

    said = refused(values(stack, **made), stack)["STRIPE_WEBHOOK_SECRET"]
    assert said.startswith("is no secret that Stripe signs with: that begins with whsec_")
    assert made["superinstance:STRIPE_WEBHOOK_SECRET"] not in said
    assert load(values(**made))


KEYS = {
    "of test money": ("production", f"sk_{'test'}_{UNLIKELY}", "sk_live_ or rk_live_"),
    "of real money": ("staging", LIVE_KEY, "sk_test_ or rk_test_"),
    "of nothing": ("production", "4fz8kQ2m7Tq1" * 3, "sk_live_ or rk_live_"),
    "of real money on the laptop": ("development", LIVE_KEY, "set one for test money, or none"),
}


@pytest.mark.parametrize(("stack", "key", "said"), KEYS.values(), ids=KEYS)
def test_a_key_of_stripe_is_of_the_money_that_is_credited(stack, key, said):
    """SI-1: events of the other kind are passed over, so what was paid would be gone."""
    found = refused(values(stack, **{"superinstance:STRIPE_SECRET_KEY": key}), stack)

    assert said in found["STRIPE_SECRET_KEY"]
    assert key not in str(found)


@pytest.mark.parametrize("stack", ["development", "production"])
def test_without_a_key_of_stripe_there_are_no_pages_to_pay_at_and_nothing_is_wrong(stack):
    given = values(stack)
    del given["superinstance:STRIPE_SECRET_KEY"]

    assert load(given, stack).blocks["superinstance"].secrets.STRIPE_SECRET_KEY is None


@pytest.mark.parametrize("stack", STACKS)
def test_payers_come_back_to_pages_of_billing_itself(stacks, stack):
    own = f"https://superinstance-billing-{stack}.chitty.cc"

    bound = bindings(stacks[stack])
    assert bound["TOPUP_SUCCESS_URL"]["text"] == f"{own}/paid"
    assert bound["TOPUP_CANCEL_URL"]["text"] == f"{own}/canceled"
    assert (bound["TOPUP_LEAST_CENTS"]["text"], bound["TOPUP_MOST_CENTS"]["text"]) == (
        "500",
        "100000",
    )


TOPUPS = {
    "a page in clear": ({"success_url": "http://chitty.cc/paid"}, "success_url", "https:// alone"),
    "limits around nothing": (
        {"least_cents": 900, "most_cents": 800},
        "least_cents",
        "is more than most_cents, 800",
    ),
    "less than Stripe takes": ({"least_cents": 49}, "least_cents", ""),
    "Stripe asked in clear": (
        {"stripe_url": "http://stripe.example"},
        "stripe_url",
        "would carry secrets in clear",
    ),
}


@pytest.mark.parametrize(("given", "name", "said"), TOPUPS.values(), ids=TOPUPS)
def test_top_ups_are_refused_with(given, name, said):
    billing = {**values()["superinstance:billing"], "topups": given}

    found = refused(values("production", **{"superinstance:billing": billing}), "production")
    assert said in found[f"billing.topups.{name}"]


PROVIDERS = {
    "in clear": ("production", "http://api.openai.com", "would carry secrets in clear"),
    "on this machine": ("staging", "http://127.0.0.1:4409", "would carry secrets in clear"),
    "elsewhere": ("development", "http://gateway.example", "would carry secrets in clear"),
    "with the version": ("production", "https://a.example/x/v1", "write https://a.example/x"),
}


@pytest.mark.parametrize("name", ["anthropic_url", "openai_url"])
@pytest.mark.parametrize(("stack", "address", "said"), PROVIDERS.values(), ids=PROVIDERS)
def test_a_provider_is_asked_only_where_its_key_is_safe(stack, address, said, name):
    """SI-2: the key of a provider goes to its address with every request."""
    router = {**values()["superinstance:router"], name: address}

    found = refused(values(stack, **{"superinstance:router": router}), stack)
    assert said in found[f"router.{name}"]


def test_a_provider_may_be_a_look_alike_on_this_machine_in_development():
    router = {**values()["superinstance:router"], "openai_url": "http://127.0.0.1:4409/openai"}

    assert load(values(**{"superinstance:router": router}))


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ("router", "at router.host alone"),
        ("billing", "at billing.host alone"),
        ("session_state", "other workers alone"),
        ("sync", "at sync.host alone"),
    ],
)
def test_its_workers_have_no_schedule_and_no_route(part, where):
    """They have no `scheduled` handler, and know their paths from the root of their host."""
    block = values()[f"superinstance:{part}"]
    asked = {"crons": ["* * * * *"], "routes": ["api.chitty.cc/superinstance/*"]}
    given = {**block, "worker": {**block["worker"], **asked}}

    found = refused(values(**{f"superinstance:{part}": given}), "development")
    assert found[f"{part}.worker.crons"].endswith("does nothing by a schedule; remove it")
    assert where in found[f"{part}.worker.routes"]


@pytest.mark.parametrize("cents", [0, -1, 5.5, 1_000_001, "much"])
def test_the_amount_of_a_flush_is_whole_cents(cents):
    billing = {**values()["superinstance:billing"], "flush_at_cents": cents}

    with pytest.raises(config.ConfigError) as raised:
        load(values(**{"superinstance:billing": billing}))

    assert "superinstance:billing.flush_at_cents" in str(raised.value)


def test_its_demand_is_what_was_counted():
    settings = load(values()).blocks["superinstance"].settings
    demand = operations.demand(settings)

    # Answers, sessions, what is asked of accounts, pulls and pushes.
    assert demand.worker_requests_month == 1_000_000 + 50_000 + 100_000 + 60_000 + 20_000
    # Two of the journal each, two of a session and of an account, one of a pull.
    asked = 2_050_000 + 2 * 1_000_000 + 2 * 50_000 + 2 * 100_000
    assert demand.do_requests_month == asked + 60_000 + 4 * 20_000
    assert demand.d1_rows_written_month == 1_000_000 + 50_000 * 2 + 20_000 * 8
    assert (demand.r2_class_a_month, demand.r2_class_b_month) == (5_000, 5_000)
    assert demand.kv_reads_day == 76_667
    # Each call has its journal awake, which is dearer than all its requests.
    assert demand.do_gb_seconds_month > 1_000_000 * operations.CALL_SECONDS * operations.OBJECT_GB
    assert demand.kv_writes_day == 0
