"""What load balancers and health checks register, and what is refused before that."""

import pytest
from pydantic import ValidationError

from components.health_check import HealthCheck, HealthCheckArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs, MonitorArgs
from tests.support import deploy

ACCOUNT, ZONE = "ab" * 16, "cd" * 16
HOST = "app.chitty.cc"
US = {
    "pool": "primary_workers",
    "origins": [
        {"name": "us-west", "address": "b.chitty.cc", "host": "b.chitty.cc"},
        {"name": "us-east", "address": "a.chitty.cc", "weight": 0.5},
    ],
}
EU = {"pool": "european_workers", "origins": [{"name": "eu", "address": "c.chitty.cc"}]}
GEO = {"region_pools": {"WEU": ["european_workers", "primary_workers"]}}
BODY = '"status":"healthy"'


def args(**changes):
    whole = {"host": HOST, "pools": [US, EU], "fallback": "primary_workers", **changes}
    return LoadBalancerArgs.model_validate(whole)


def balanced(given=None, **more):
    whole = {"account_id": ACCOUNT, "zone_id": ZONE, **more}
    return deploy(lambda: LoadBalancer("lb", given or args(**GEO), **whole))


def test_a_client_goes_to_the_pools_of_its_region_and_the_others_take_over():
    """PA-14."""
    made = balanced()
    balancer = made["LoadBalancer lb"].inputs

    assert balancer["name"] == HOST
    assert (balancer["steeringPolicy"], balancer["proxied"]) == ("geo", True)
    first, second = balancer["defaultPools"]
    assert balancer["fallbackPool"] == first
    assert balancer["regionPools"] == {"WEU": [second, first]}
    assert not {"ttl", "countryPools", "popPools", "randomSteering", "rules"} & balancer.keys()


def test_origins_and_regions_are_sorted():
    """terraform-provider-cloudflare#6140."""
    pool = balanced()["LoadBalancerPool lb-primary_workers"].inputs

    assert [each["name"] for each in pool["origins"]] == ["us-east", "us-west"]
    assert pool["origins"][1]["header"] == {"hosts": ["b.chitty.cc"]}
    assert "header" not in pool["origins"][0]
    assert pool["checkRegions"] == ["ENAM", "WEU", "WNAM"]


def test_each_pool_has_a_monitor_that_checks_certificates():
    monitored = {**US, "monitor": {"contains": BODY, "interval": 30, "codes": ["200", "3xx"]}}
    made = balanced(args(pools=[monitored, EU]))
    monitor = made["LoadBalancerMonitor lb-primary_workers-monitor"]

    assert monitor.inputs == {
        "accountId": ACCOUNT, "type": "https", "method": "GET", "path": "/health",
        "expectedCodes": "200,3xx", "expectedBody": BODY, "interval": 30, "timeout": 5,
        "retries": 2,
    }  # fmt: skip
    pool = made["LoadBalancerPool lb-primary_workers"]
    assert "LoadBalancerMonitor lb-primary_workers-monitor" in pool.depends_on
    assert pool.delete_before_replace


def test_headers_of_checks_are_secret():
    """They may carry a service token of Access, and the provider would keep them in clear."""
    made = balanced(headers={"CF-Access-Client-Secret": "c4nary"})

    monitor = made["LoadBalancerMonitor lb-primary_workers-monitor"]
    assert monitor.inputs["header"]["value"] == {"CF-Access-Client-Secret": ["c4nary"]}
    assert monitor.is_secret("header")


def test_pools_may_be_drawn_by_weight():
    made = balanced(args(pool_weights={"primary_workers": 0.9, "european_workers": 0.1}))
    balancer = made["LoadBalancer lb"].inputs

    assert balancer["steeringPolicy"] == "random"
    assert sorted(balancer["randomSteering"]["poolWeights"].values()) == [0.1, 0.9]


def test_an_unproxied_balancer_is_kept_for_a_minute_and_no_other_has_a_time():
    assert balanced(args(proxied=False))["LoadBalancer lb"].inputs["ttl"] == 60
    assert balanced(args())["LoadBalancer lb"].inputs["steeringPolicy"] == "off"


def test_somebody_is_told_when_a_pool_is_not_healthy():
    made = balanced(args(emails=["platform@chitty.cc"]))
    policy = made["NotificationPolicy lb-unhealthy"].inputs

    assert policy["alertType"] == "load_balancing_health_alert"
    assert len(policy["filters"]["poolIds"]) == 2
    assert policy["filters"]["newHealths"] == ["Unhealthy"]
    assert policy["mechanisms"] == {"emails": [{"id": "platform@chitty.cc"}]}
    assert "NotificationPolicy lb-unhealthy" not in balanced()


def with_origin(**changes):
    origin = {"name": "o", "address": "x.chitty.cc", **changes}
    return {"pools": [{"pool": "p", "origins": [origin]}], "fallback": None}


REFUSED = [
    ({"fallback": "nowhere"}, "fallback 'nowhere' is no pool"),
    ({"pools": [US, US]}, "primary_workers stands 2 times"),
    ({"region_pools": {"EUROPE": ["primary_workers"]}}, "region 'EUROPE' is none of WNAM"),
    ({"region_pools": {"WEU": ["nowhere"]}}, "'nowhere' is no pool"),
    ({"region_pools": {"WEU": []}}, "region WEU has no pool"),
    ({**GEO, "pool_weights": {"primary_workers": 1}}, "by region and by weight"),
    ({"pool_weights": {"primary_workers": 0}}, "no pool that weighs anything"),
    ({"pool_weights": {"nowhere": 1}}, "weight of 'nowhere'"),
    (with_origin(address=HOST), "the balanced host itself"),
    (with_origin(address="https://a.chitty.cc"), "is no host"),
    (with_origin(address="a b"), "'a b' is no host and no IP address"),
    (with_origin(address="a.chitty.cc:8443"), "without a port"),
    (with_origin(weight=0), "no origin that weighs anything"),
    (with_origin(weight=1.5), "less than or equal to 1"),
    (
        {"pools": [{**US, "minimum_origins": 3}], "fallback": None},
        "needs 3 healthy origins and has",
    ),
    ({"pools": [{**EU, "origins": []}], "fallback": None}, "has 0 origins"),
    ({"proxied": False, "session_affinity": "cookie"}, "proxied balancer only"),
    ({"pools": [{**EU, "regions": ["WEU", "WEU"]}], "fallback": None}, "WEU stands 2 times"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_a_balancer_that_leads_nowhere_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        args(**changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"codes": ("500",)}, "an error for a sign of life"),
        ({"codes": ("503",)}, "an error for a sign of life"),
        ({"path": "/he alth"}, "pattern"),
        ({"codes": ("2xy",)}, "is no code of HTTP"),
        ({"timeout": 10, "interval": 10}, "shorter than interval"),
        ({"type": "tcp"}, "names a port"),
        ({"path": "health"}, "pattern"),
    ],
)
def test_a_monitor_that_cannot_tell_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        MonitorArgs(**changes)


CHECK = {"check": "connect_health", "address": "connect.chitty.cc"}


def checked(**changes):
    given = HealthCheckArgs.model_validate({**CHECK, **changes})
    return deploy(lambda: HealthCheck("hc", given, account_id=ACCOUNT, zone_id=ZONE))


def test_a_health_check_by_https_asks_at_port_443():
    """PA-11; the provider sends 80 where none is named."""
    made = checked(contains=BODY, interval=30, retries=3, regions=["WNAM", "ENAM", "SEAS"])
    check = made["Healthcheck hc"].inputs

    assert check == {
        "zoneId": ZONE, "name": "connect_health", "address": "connect.chitty.cc", "type": "HTTPS",
        "interval": 30, "timeout": 5, "retries": 3, "consecutiveFails": 1,
        "checkRegions": ["ENAM", "SEAS", "WNAM"],
        "httpConfig": {"method": "GET", "path": "/health", "port": 443, "expectedCodes": ["200"],
                       "expectedBody": BODY},
    }  # fmt: skip
    assert checked(type="HTTP")["Healthcheck hc"].inputs["httpConfig"]["port"] == 80


def test_somebody_is_told_when_a_health_changes():
    policy = checked(emails=["platform@chitty.cc"])["NotificationPolicy hc-changed"].inputs

    assert policy["alertType"] == "health_check_status_notification"
    assert policy["filters"]["statuses"] == ["Healthy", "Unhealthy"]
    assert len(policy["filters"]["healthCheckIds"]) == 1
    assert "NotificationPolicy hc-changed" not in checked()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"regions": ["APAC"]}, "'APAC' is none of WNAM"),
        ({"codes": ["5xx"]}, "an error for a sign of life"),
        ({"timeout": 11}, "less than or equal to 10"),
        ({"check": "a b"}, "pattern"),
    ],
)
def test_a_health_check_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        HealthCheckArgs.model_validate({**CHECK, **changes})
