"""A system that none of the rooms knows: it loads, is checked, documented, priced and built."""

import json
from dataclasses import replace

import pytest
import yaml

import config
from config.generated import json_schema, reference
from config.platform_config import Guest
from config.rules import claims, demand
from planning.cost import Reading, estimate
from planning.prices import PRICES
from systems.platform import build, plan, wanted_of_the_edge
from systems.registry import SYSTEMS
from systems.system import Generated
from tests.config.examples import ROOT, SECRETS, as_engine, good
from tests.support import deploy
from tests.systems.tiny.settings import Tiny
from tests.systems.tiny.system import SYSTEM

BOTH = (*SYSTEMS, SYSTEM)
EXAMPLE = (ROOT / "tests/systems/tiny/example.yaml").read_text()
TOKENS = json.dumps([{"id": "t", "sha256": "cd" * 32, "scopes": ["greetings:read"]}])
OWN_SECRETS = {"tiny:API_TOKENS": TOKENS, "tiny:SALT": "kuebelweise-salz-9"}


def values(**changes):
    return {**good(), **yaml.safe_load(EXAMPLE), **OWN_SECRETS, **changes}


def load(given, stack="development", systems=BOTH):
    secret = (SECRETS.keys() | OWN_SECRETS.keys()) & given.keys()
    source = config.Source(f"Pulumi.{stack}.yaml", as_engine(given), frozenset(secret))
    return config.load(stack, systems, source)


def problems(given, **options):
    with pytest.raises(config.ConfigError) as raised:
        load(given, **options)
    return [(problem.path, problem.text) for problem in raised.value.problems]


def test_it_loads_beside_the_others():
    loaded = load(values())

    assert loaded.blocks["tiny"].settings.host == "tiny-development.chitty.cc"
    assert set(loaded.blocks) == {system.name for system in BOTH}


def test_a_stack_that_says_nothing_of_it_is_told_how_to_do_without():
    found = dict(problems(good()))

    assert set(found) >= {"tiny:host", "tiny:worker"}
    assert found["tiny"] == (
        "the stack says nothing of it; to have none, name in chittyos:systems what it has"
    )


def test_its_block_is_checked_as_any_other():
    assert problems(values(**{"tiny:greetin": "hi"})) == [
        (
            "tiny:greetin",
            (
                "is not known; did you mean greeting? known here: greeting, host, rollout, "
                "shielded, worker; correct or remove it"
            ),
        )
    ]
    (found,) = problems({k: v for k, v in values().items() if k != "tiny:SALT"})
    assert found[0] == "tiny:SALT"
    assert "; python -m ops secret set development tiny.SALT" in found[1]


def test_a_token_takes_the_scopes_of_its_own_system():
    foreign = json.dumps([{"id": "t", "sha256": "cd" * 32, "scopes": ["sessions:read"]}])

    assert "known are greetings:read" in problems(values(**{"tiny:API_TOKENS": foreign}))[0][1]


@pytest.mark.parametrize("name", ["COUNTER", "GREETING", "API_TOKENS", "API_TOKENS_16", "SALT"])
def test_a_variable_is_not_named_like_a_binding_or_a_secret(name):
    worker = {**values()["tiny:worker"], "variables": {name: "x"}}
    (found,) = problems(values(**{"tiny:worker": worker}))

    assert found[0] == f"tiny:worker.variables.{name}"
    assert "remove it" in found[1]


class Overlapping(Tiny):
    """Settings with a plain key that has the name of a secret."""

    SALT: str = ""


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("SALT", {"settings": Overlapping}),
        ("PEPPER", {"generated": {"PEPPER": Generated.RANDOM}}),
    ],
)
def test_a_secret_is_declared_once_and_where_secrets_are(name, changes):
    with pytest.raises(ValueError, match=f"tiny: {name}: a secret has one field"):
        replace(SYSTEM, **changes)


def test_it_shows_in_schema_and_reference():
    schema = json_schema.render(BOTH)
    page = reference.render(BOTH)

    assert '"tiny:greeting"' in schema
    assert '"tiny:SALT"' in schema
    assert "## Tiny" in page
    assert "| `tiny:worker.cpu_ms` |" in page
    assert "tiny" not in json_schema.render(SYSTEMS)


def test_it_is_priced():
    settings = {name: block.settings for name, block in load(values()).blocks.items()}
    loaded = load(values())
    asked = demand.total(BOTH, settings, loaded.deployment)
    found = estimate(asked, demand.plan_of(loaded.deployment), PRICES)

    requests = next(line for line in found.lines if line.price.name == "workers.requests")
    assert requests.quantity == 20_750_000 + 3_015_000 + 3_000_000 + 1_230_000
    assert requests.amount(Reading.PROPORTIONAL) > 3


def test_schedules_of_all_systems_are_counted_together():
    """Incident 8: refused by the configuration alone, so before anything is sent."""
    free = {"chittyos:plan": "free"}
    crons = [f"{minute} * * * *" for minute in range(3)]
    connect = {**good()["chittyconnect:worker"], "crons": crons}
    connect.pop("cpu_ms")
    tiny = {**values()["tiny:worker"], "crons": [f"{minute} 1 * * *" for minute in range(3)]}
    given = values(**free, **{"chittyconnect:worker": connect, "tiny:worker": tiny})

    found = [text for path, text in problems(given) if path == "chittyos:plan"]
    assert any(text.startswith("7 cron triggers are asked for") for text in found)
    assert any("chittyconnect: 0 * * * *" in text and "tiny: 0 1 * * *" in text for text in found)


TAKEN = {
    "a worker": ("tiny:worker", {"name": "chittyconnect-{stack}"}, "tiny:worker.name"),
    "a host": ("tiny:host", "connect-{stack}.chitty.cc", "tiny:host"),
}


@pytest.mark.parametrize(("key", "value", "path"), TAKEN.values(), ids=TAKEN)
def test_what_another_system_has_is_taken(key, value, path):
    block = {**values()[key], **value} if isinstance(value, dict) else value
    (found,) = problems(values(**{key: block}))

    assert found[0] == path
    assert "is taken by chittyconnect:" in found[1]


ROUTES = {
    "the host of another": "connect-development.chitty.cc/docs/*",
    "all hosts": "*.chitty.cc/*",
    "without a star before it": "connect-development.chitty.cc/*",
    "a route of another": "api.chitty.cc/connect/v1/*",
    "around a route of another": "api.chitty.cc/*",
}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_a_route_takes_nothing_from_another_system(route):
    connect = {**good()["chittyconnect:worker"], "routes": ["api.chitty.cc/connect/*"]}
    tiny = {**values()["tiny:worker"], "routes": [route]}
    found = problems(values(**{"chittyconnect:worker": connect, "tiny:worker": tiny}))

    assert {path for path, _ in found} <= {
        "tiny:worker.routes[0]",
        "chittyconnect:worker.routes[0]",
        "project_awareness:worker.routes[0]",
    }
    assert all("takes requests from" in text for _, text in found)


def test_routes_beside_each_other_pass():
    connect = {**good()["chittyconnect:worker"], "routes": ["api.chitty.cc/connect/*"]}
    tiny = {**values()["tiny:worker"], "routes": ["api.chitty.cc/tiny/*", "api2.chitty.cc/*"]}

    assert load(values(**{"chittyconnect:worker": connect, "tiny:worker": tiny}))


def test_a_stack_may_leave_a_system_out():
    others = tuple(f"{system.name}:" for system in SYSTEMS)
    only = {k: v for k, v in values().items() if not k.startswith(others)}
    loaded = load({**only, "chittyos:systems": ["tiny"]})
    made = deploy(lambda: build(loaded, BOTH))

    assert set(loaded.blocks) == {"tiny"}
    assert "chittyos:Tiny tiny" in made
    assert not any(system.name in name for system in SYSTEMS for name in made)


def test_keys_of_a_system_that_is_left_out_and_names_of_none_are_refused():
    found = dict(problems(values(**{"chittyos:systems": ["chittyconnect", "tinny"]})))

    assert found["chittyos:systems[1]"].startswith("is not known; did you mean tiny?")
    assert "leaves tiny out" in found["tiny:host"]


def test_it_is_built_with_its_secrets_sealed():
    made = deploy(lambda: build(load(values()), BOTH))
    worker = made["WorkersScript tiny-worker"]

    assert made["chittyos:Tiny tiny"].parent == "chittyos:Platform platform"
    assert worker.is_secret("bindings")
    assert "WorkersCustomDomain tiny-worker-tiny-development.chitty.cc" in made


def test_its_rule_for_the_edge_is_in_the_one_ruleset_of_the_phase():
    made = deploy(lambda: build(load(values(**{"tiny:shielded": "true"})), BOTH))
    rules = made["Ruleset chitty.cc-http_request_firewall_custom"].inputs["rules"]

    assert [rule["ref"] for rule in rules] == [
        "chittyconnect_probes",
        "chittyid_probes",
        "project_awareness_sync",
        "tiny_reads_only",
    ]
    assert rules[-1]["description"] == "tiny: greetings are only read"


def test_a_rule_in_a_zone_of_another_stack_is_refused_before_anything_is_registered():
    zones = [{**good()["chittyos:zones"][0], "owner": "production"}]
    loaded = load(values(**{"tiny:shielded": "true", "chittyos:zones": zones}))
    staging = loaded.deployment.model_copy(update={"environment": config.Environment.STAGING})

    with pytest.raises(ValueError, match=r"only production, the owner of zone chitty\.cc, may set"):
        plan(replace(loaded, deployment=staging), BOTH)


def test_a_development_stack_leaves_the_edge_to_the_owner_of_the_zone():
    """`pr-7` has the file of development, and the zone is that stack's."""
    zones = [{**good()["chittyos:zones"][0], "owner": "another"}]
    shielded = {"tiny:shielded": "true"}

    assert list(wanted_of_the_edge(load(values(**shielded)), BOTH))
    guest = load(values(**shielded, **{"chittyos:zones": zones}))
    assert list(wanted_of_the_edge(guest, BOTH)) == []


def _as_guest_of_development(zones):
    """Return development without Tiny, which a guest of *zones* has."""
    settings = load(values(**{"tiny:shielded": "true"})).blocks["tiny"].settings
    own = load(good(), systems=SYSTEMS)
    return replace(own, guests=(Guest("development-tiny", frozenset(zones), {"tiny": settings}),))


def test_the_owner_of_a_zone_sets_the_rules_of_its_guests():
    """FW-4: a zone takes one ruleset a phase, so a system in a stack of its own sets none."""
    owner = _as_guest_of_development({"chitty.cc"})

    rules = [rule.ref for _, rule in wanted_of_the_edge(owner, BOTH)]
    assert "tiny_reads_only" in rules


def test_the_owner_sets_nothing_where_a_stack_is_no_guest():
    owner = _as_guest_of_development({"example.org"})

    rules = [rule.ref for _, rule in wanted_of_the_edge(owner, BOTH)]
    assert "tiny_reads_only" not in rules


def test_a_guest_outside_development_sets_no_rules_and_is_not_refused():
    zones = [{**good()["chittyos:zones"][0], "owner": "production"}]
    loaded = load(values(**{"tiny:shielded": "true", "chittyos:zones": zones}))
    staging = loaded.deployment.model_copy(update={"environment": config.Environment.STAGING})
    guest = replace(loaded, deployment=staging, host_zones=frozenset({"chitty.cc"}))

    assert list(wanted_of_the_edge(guest, BOTH)) == []


def test_what_systems_claim_is_all_that_they_name():
    settings = {name: block.settings for name, block in load(values()).blocks.items()}
    kinds = {own.claim.kind for own in claims.owned(BOTH, settings)}

    assert kinds == {
        "host",
        "route",
        "worker",
        "bucket",
        "KV namespace",
        "queue",
        "database",
        "dataset",
        "tunnel",
    }
