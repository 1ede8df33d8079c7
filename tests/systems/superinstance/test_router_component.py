"""What the router is bound to in each stack, and what its block refuses (SI-1, SI-2)."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from systems.superinstance.component import PROVIDER_KEYS
from systems.superinstance.models import LIVE, Model, variable
from systems.superinstance.names import BACKUP_KEY, IMPORT_SCOPE, SCOPES
from systems.superinstance.system import SYSTEM
from tests.config.examples import ROOT
from tests.support import own_bindings
from tests.systems.superinstance.test_component import OWN_SECRETS, STACKS, load, stacks, values

__all__ = ["stacks"]

ROUTER = "WorkersScript superinstance-router"
PRICE = {"since": "2026-11-01", "input": 2, "output": 10}
MODEL = {
    "name": "claude",
    "provider": "anthropic",
    "id": "claude-sonnet-5-5",
    "max_output": 64_000,
    "prices": [PRICE],
}


def with_router(**changes):
    """Give a stack whose router is changed."""
    return values(**{"superinstance:router": {**values()["superinstance:router"], **changes}})


def bindings(resources):
    """Give what the router is bound to, by name."""
    return own_bindings(resources[ROUTER].inputs["bindings"]["value"])


@pytest.mark.parametrize("stack", STACKS)
def test_the_router_has_what_it_reads_and_nothing_else(stacks, stack):
    """SI-A18."""
    code = (ROOT / "systems/superinstance/workers/router/env.ts").read_text()
    read = {line.strip().partition(":")[0] for line in code.splitlines() if line.endswith(";")}
    used, *_ = SYSTEM.workers(load(values(stack), stack).blocks["superinstance"].settings)

    bound = bindings(stacks[stack])
    assert set(bound) == {name for name in read if name.isupper()}
    assert set(bound) == used.bindings | {*PROVIDER_KEYS, BACKUP_KEY}
    assert bound["BILLING"]["service"] == f"superinstance-billing-{stack}"
    assert bound["BILLING"]["entrypoint"] == "Billing"
    assert bound["SESSIONS"]["service"] == f"superinstance-session-state-{stack}"
    assert bound["SESSIONS"]["entrypoint"] == "Sessions"


def test_keys_are_made_with_the_scopes_that_the_router_knows():
    """SI-2: `ops keys` and `principal.ts` have the same."""
    code = (ROOT / "systems/superinstance/workers/router/principal.ts").read_text()
    (line,) = [each for each in code.splitlines() if each.startswith("export const SCOPES")]

    known = (*SCOPES, IMPORT_SCOPE)
    assert line.partition("[")[2].partition("]")[0] == ", ".join(f'"{each}"' for each in known)


@pytest.mark.parametrize("stack", STACKS)
def test_the_router_answers_at_its_host(stacks, stack):
    host = f"superinstance-{stack}.chitty.cc"

    assert f"WorkersCustomDomain superinstance-router-{host}" in stacks[stack]


@pytest.mark.parametrize("store", ["api-keys", "rate-limits"])
def test_keys_stay_outside_development(stacks, store):
    name = f"WorkersKvNamespace superinstance-{store}"

    assert [stacks[stack][name].protect for stack in STACKS] == [False, False, True, True]


@pytest.mark.parametrize("stack", STACKS)
def test_no_key_is_in_the_clear_and_the_own_one_not_even_at_the_router(stacks, stack):
    assert stacks[stack][ROUTER].is_secret("bindings")
    shown = str(stacks[stack]["chittyos:Worker superinstance-router"].request)
    assert not any(value in shown for value in OWN_SECRETS.values())
    known = json.loads(bindings(stacks[stack])["API_TOKENS"]["text"])
    assert OWN_SECRETS["superinstance:SERVICE_KEY"] not in str(known)
    assert [each["scopes"] for each in known] == [["read", "sessions:read"]]


def test_the_worker_reads_prices_as_whole_nano_dollars_a_token():
    """SI-A9, SI-3: Claude 3.5 Sonnet $0.000003 and $0.000015 a token."""
    prices = [{"since": "2024-10-22", "input": 3, "output": "15.000", "cache_read": 0.3}]

    (written,) = json.loads(variable([Model.model_validate({**MODEL, "prices": prices})]))

    assert written["prices"] == [
        {"since": "2024-10-22", "input": 3000, "output": 15000, "cache_read": 300}
    ]


@given(st.decimals(min_value=0, max_value=100_000, places=3))
def test_no_price_is_rounded(dollars: Decimal):
    prices = [{"since": "2024-10-22", "input": str(dollars), "output": float(dollars)}]
    (written,) = json.loads(variable([Model.model_validate({**MODEL, "prices": prices})]))

    exact = Fraction(dollars) / 1_000_000 * 1_000_000_000
    assert {written["prices"][0][name] for name in ("input", "output")} == {exact}


def test_the_default_has_a_price_of_today_for_both_families():
    (router,) = [load(values()).blocks["superinstance"].settings.router]

    assert router.models == LIVE
    assert [(m.name, m.provider) for m in LIVE] == [
        ("claude-sonnet", "anthropic"),
        ("gpt-4", "openai"),
    ]


MANY = [{**MODEL, "name": f"m{n}", "id": f"claude-sonnet-5-5-{n}"} for n in range(60)]
SPOILED = {
    "a name for two models": ([MODEL, {**MODEL, "id": "other"}], "models", "names claude more"),
    "prices out of order": (
        [{**MODEL, "prices": [PRICE, {**PRICE, "since": "2026-10-01"}]}],
        "models[0].prices",
        "is not in the order of `since`",
    ),
    "no price": ([{**MODEL, "prices": []}], "models[0].prices", ""),
    "half a thousandth": (
        [{**MODEL, "prices": [{**PRICE, "input": 0.0005}]}],
        "models[0].prices[0].input",
        "at most three decimals",
    ),
    "a price below zero": (
        [{**MODEL, "prices": [{**PRICE, "output": -1}]}],
        "models[0].prices[0].output",
        "from 0 to 100,000",
    ),
    "another provider": ([{**MODEL, "provider": "parrot"}], "models[0].provider", "anthropic"),
    "more than a variable takes": (MANY, "models", "of at most 5,120"),
}


def test_a_model_may_say_what_a_look_alike_is_to_do():
    """As docs/superinstance.md has it for the laptop."""
    id_ = "claude-sonnet-5-5+busy=7"

    loaded = load(with_router(models=[{**MODEL, "id": id_}])).blocks["superinstance"].settings
    assert loaded.router.models[0].id == id_


@pytest.mark.parametrize(("models", "path", "said"), SPOILED.values(), ids=SPOILED)
def test_models_are_refused_with(models, path, said):
    with pytest.raises(config.ConfigError) as raised:
        load(with_router(models=models))

    found = {problem.path: problem.text for problem in raised.value.problems}
    assert said in found[f"superinstance:router.{path}"]
