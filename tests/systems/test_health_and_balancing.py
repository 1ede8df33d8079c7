"""Health checks that systems configure, and balancers of a stack (PA-11, PA-14, FW-12)."""

from typing import Any

import pytest

from config import ConfigError
from config.rules import demand
from planning.cost import estimate
from planning.prices import PRICES
from planning.refusals import RefusedError
from systems import platform
from systems.registry import SYSTEMS
from tests.config.examples import OWN, good, loaded, one
from tests.support import deploy

FREE: dict[str, Any] = {**OWN["chittyos:zones"][0]}  # type: ignore[dict-item]
OF_STAGING = [{**FREE, "owner": "staging"}]
PRO = [{**FREE, "plan": "pro"}]
CHECK = {
    "name": "health", "contains": '"status":"healthy"', "retries": 3,
    "regions": ["WNAM", "ENAM", "WEU", "SEAS", "NEAS"], "emails": ["platform@chitty.cc"],
}  # fmt: skip
POOLS = [
    {
        "name": "primary_workers",
        "origins": [
            {"name": "us-east", "address": "us-east.chitty.cc", "host": "us-east.chitty.cc"},
            {"name": "us-west", "address": "us-west.chitty.cc", "host": "us-west.chitty.cc"},
        ],
    },
    {
        "name": "european_workers",
        "origins": [{"name": "eu", "address": "eu.chitty.cc", "host": "eu.chitty.cc"}],
    },
]
BALANCER = {
    "host": "global.chitty.cc",
    "pools": POOLS,
    "fallback": "primary_workers",
    "region_pools": {"WEU": ["european_workers", "primary_workers"]},
    "emails": ["platform@chitty.cc"],
}
PAID = {"chittyos:add_ons": ["load_balancing"]}


def edge(*checks, stack="production"):
    return {"chittyconnect:edge": {**good(stack).get("chittyconnect:edge", {}),
                                   "health_checks": list(checks)}}  # fmt: skip


def made(stack="production", **changes):
    return deploy(lambda: platform.build(loaded(stack, **changes)), stack=stack)


def test_a_stack_on_pro_with_the_add_on_has_both():
    found = made(**{"chittyos:zones": PRO, "chittyos:balancers": [BALANCER], **PAID, **edge(CHECK)})

    check = found["Healthcheck chittyconnect-health"].inputs
    assert check["name"] == "chittyconnect_health"
    assert check["address"] == good("production")["chittyconnect:host"]
    assert check["checkRegions"] == ["ENAM", "NEAS", "SEAS", "WEU", "WNAM"]
    assert check["httpConfig"]["port"] == 443
    assert found["LoadBalancer global.chitty.cc"].inputs["steeringPolicy"] == "geo"
    assert "NotificationPolicy global.chitty.cc-unhealthy" in found
    assert "NotificationPolicy chittyconnect-health-changed" in found


def test_by_default_there_is_neither():
    """PA-14: off, for a worker answers next to its client by itself."""
    found = made()

    assert not [name for name in found if name.startswith(("Healthcheck", "LoadBalancer"))]


def refused(**changes):
    with pytest.raises(RefusedError) as raised:
        platform.plan(loaded("production", **changes))
    return str(raised.value)


def test_on_the_free_plan_a_health_check_is_refused_with_what_does_its_work():
    """FW-12."""
    assert "a scheduled worker checks instead" in refused(**edge(CHECK))
    assert "needs the pro plan of its zone, and chitty.cc has free" in refused(**edge(CHECK))


@pytest.mark.parametrize(("plan", "interval", "least"), [("pro", 30, 60), ("business", 10, 15)])
def test_an_interval_is_as_long_as_the_plan_wants(plan, interval, least):
    zones = [{**FREE, "plan": plan}]

    said = refused(**{"chittyos:zones": zones, **edge({**CHECK, "interval": interval})})

    assert f"every {interval} seconds and the {plan} plan has {least} at least" in said


def test_a_zone_has_so_many_health_checks_and_no_more():
    checks = [{**CHECK, "name": f"c{number}"} for number in range(11)]

    assert "11 health checks are wanted and the pro plan has 10" in refused(
        **{"chittyos:zones": PRO, **edge(*checks)}
    )


def test_every_health_check_that_cannot_be_is_said_at_once():
    checks = [{**CHECK, "name": name, "interval": 15} for name in ("one", "two")]

    said = refused(**{"chittyos:zones": PRO, **edge(*checks)}).splitlines()

    assert [line.partition(" of ")[0] for line in said] == [
        "health check chittyconnect_one",
        "health check chittyconnect_two",
    ]


def test_only_the_owner_of_a_zone_has_health_checks_and_balancers_there():
    elsewhere = [{**FREE, "plan": "pro", "owner": "staging"}]
    nothing: dict[str, Any] = {
        f"{system.name}:edge": {} for system in SYSTEMS if "edge" in system.settings.model_fields
    }
    checks = {**nothing, "chittyconnect:edge": {"health_checks": [CHECK]}}
    balanced = {"chittyos:balancers": [BALANCER], **PAID}

    assert "only staging, the owner of zone chitty.cc" in refused(
        **{"chittyos:zones": elsewhere, **checks}
    )
    assert "is in a zone of staging" in refused(
        **{"chittyos:zones": elsewhere, **balanced, **nothing}
    )


def test_a_development_stack_beside_the_owner_leaves_them_out():
    zones = [{**FREE, "plan": "pro", "owner": "development"}]
    given = {"chittyos:zones": zones, "chittyos:balancers": [BALANCER], **PAID,
             "chittyconnect:edge": {"health_checks": [CHECK]}}  # fmt: skip
    found = made("pr-7", **given)

    assert not [name for name in found if name.startswith(("Healthcheck", "LoadBalancer"))]


def said(**changes):
    return one({**good("production"), **changes}, "production")


def test_a_balancer_without_the_add_on_is_refused():
    path, text = said(**{"chittyos:balancers": [BALANCER]})

    assert path == "chittyos:balancers"
    assert "needs the add-on load_balancing, which the account has not" in text


def test_a_worker_on_the_host_of_a_balancer_is_refused():
    """PA-14: it would run before the balancer."""
    taken = {**BALANCER, "host": good("production")["chittyconnect:host"]}

    path, text = said(**{"chittyos:balancers": [taken], **PAID})

    assert path == "chittyos:balancers[0].host"
    assert "is taken by chittyconnect:host: a worker there would run before the balancer" in text


def test_a_route_over_the_host_of_a_balancer_is_refused():
    worker = good("production")["chittyconnect:worker"]
    routed = {**worker, "routes": ["global.chitty.cc/api/*"]}

    path, text = said(**{"chittyos:balancers": [BALANCER], **PAID, "chittyconnect:worker": routed})

    assert path == "chittyconnect:worker.routes[0]"
    assert "takes requests from host 'global.chitty.cc' of chittyos:balancers[0].host: a" in text
    assert "needs a host of its own; make it narrower" in text


def test_a_pool_is_named_once_over_all_balancers():
    other = {**BALANCER, "host": "other.chitty.cc"}

    with pytest.raises(ConfigError, match="has 'primary_workers' 2 times"):
        loaded("production", **{"chittyos:balancers": [BALANCER, other], **PAID})


def test_what_cannot_balance_is_refused_where_it_stands():
    bad = {**BALANCER, "region_pools": {"APAC": ["primary_workers"]}}

    path, text = said(**{"chittyos:balancers": [bad], **PAID})

    assert path == "chittyos:balancers[0]"
    assert "region 'APAC' is none of WNAM" in text


def test_a_balancer_is_priced_by_its_origins():
    config = loaded("production", **{"chittyos:balancers": [BALANCER], **PAID})
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total(SYSTEMS, settings, config.deployment)

    assert asked.shares("load_balancer_endpoints") == {"chittyos": 3}
    lines = str(estimate(asked, demand.plan_of(config.deployment), PRICES))
    assert "load_balancing.month" in lines
