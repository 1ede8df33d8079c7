"""Who gets in and who no longer does, by each type of resource that the program makes (FW-4)."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from ops.preview.exposure.settings import COMPARED, LEVELS, NO_GUARD, SAFE
from ops.preview.exposure.table import NOTHING, ROWS
from ops.preview.severity import Rank
from planning import zone_settings
from tests.ops.preview.test_plan import planned, step

ROOT = Path(__file__).resolve().parents[3]
SDKS = {"cloudflare", "docker"}
DYNAMIC = re.compile(r'module="chittyos", name="(\w+)"')


def registered():
    """Return the types that the program registers: calls of classes of the SDKs, and its own."""
    for path in [*(ROOT / "components").glob("*.py"), *(ROOT / "systems").rglob("*.py")]:
        text = path.read_text()
        yield from DYNAMIC.findall(text)
        for each in ast.walk(ast.parse(text)):
            if isinstance(each, ast.Call) and isinstance(called := each.func, ast.Attribute):
                is_sdk = isinstance(called.value, ast.Name) and called.value.id in SDKS
                if is_sdk and called.attr[0].isupper() and not called.attr.endswith("Args"):
                    yield called.attr


TYPES = set(registered()) - {"Provider"}


def test_every_type_of_the_program_opens_something_or_has_a_reason_why_not():
    assert len(TYPES) > 40
    assert {"D1Migrations", "Container", "ZoneSetting", "Worker"} <= TYPES
    assert TYPES - ROWS.keys() - NOTHING.keys() == set()
    assert ROWS.keys() & NOTHING.keys() == set()
    assert all(len(why.split()) > 3 for why in NOTHING.values())


def test_every_setting_of_a_zone_guards_something_or_has_a_reason_why_not():
    known = LEVELS.keys() | COMPARED.keys()

    assert zone_settings.SETTINGS.keys() - known - NO_GUARD.keys() == set()
    assert known & NO_GUARD.keys() == set()
    for name, levels in LEVELS.items():
        assert set(zone_settings.SETTINGS[name].values) == set(levels), name
    assert all(SAFE[name] in LEVELS[name] for name in SAFE)


def setting(name: str, value: Any) -> dict[str, Any]:
    return {"settingId": name, "value": value, "zoneId": "z"}


def hsts(**values: Any) -> dict[str, Any]:
    return setting("security_header", {"strict_transport_security": values})


STRICT = {"enabled": True, "max_age": 100, "include_subdomains": True, "nosniff": True}
GET = {"allowed": {"origins": ["https://a.example"], "methods": ["GET"]}}
EVERY = {"allowed": {"origins": ["https://a.example", "*"], "methods": ["GET"]}}
PORT = {"internal": 80, "external": 8080}
TUNNEL, APP, POLICY = (
    "ZeroTrustTunnelCloudflaredConfig",
    "ZeroTrustAccessApplication",
    "ZeroTrustAccessPolicy",
)
CHECKED = {"access": {"required": True, "audTags": ["a"]}}
INSIDE = {"hostname": "in.example", "service": "http://nginx:80", "originRequest": CHECKED}
STATUS = {"service": "http_status:404"}
TEAM = {"name": "team", "decision": "allow", "includes": [{"email": {"email": "a@b.example"}}]}
LIMIT = {"ref": "login", "action": "block", "ratelimit": {"period": 60, "requestsPerPeriod": 5}}
ADMIN = {"ref": "admin", "action": "block", "expression": "true", "description": "old"}
SKIP = {"ref": "past", "action": "skip"}
RECORD = {"name": "a.example", "type": "CNAME", "content": "b", "proxied": True, "ttl": 1}
BALANCER = {"name": "a.example", "defaultPools": ["1"], "proxied": True}


def config(*rules: Any) -> dict[str, Any]:
    return {"tunnelId": "t", "config": {"ingresses": [*rules, STATUS]}}


def everywhere(request: Any, *rules: Any) -> dict[str, Any]:
    return {"tunnelId": "t", "config": {"ingresses": [*rules], "originRequest": request}}


def rules(*listed: Any) -> dict[str, Any]:
    return {"phase": "http_request_firewall_custom", "rules": list(listed)}


CHANGES: list[tuple[str, str, Any, Any]] = [
    (
        "lets in more: min_tls_version is 1.0, 1.2 before",
        "ZoneSetting",
        setting("min_tls_version", "1.2"),
        setting("min_tls_version", "1.0"),
    ),
    (
        "lets in fewer: min_tls_version is 1.3",
        "ZoneSetting",
        setting("min_tls_version", "1.2"),
        setting("min_tls_version", "1.3"),
    ),
    (
        "lets in more: min_tls_version of a.example is 1.2",
        "HostnameTlsSetting",
        {**setting("min_tls_version", "1.3"), "hostname": "a.example"},
        {**setting("min_tls_version", "1.2"), "hostname": "a.example"},
    ),
    (
        "the host has what its zone has",
        "HostnameTlsSetting",
        {**setting("min_tls_version", "1.3"), "hostname": "a.example"},
        None,
    ),
    (
        "lets in more: ssl is flexible, strict before",
        "ZoneSetting",
        setting("ssl", "strict"),
        setting("ssl", "flexible"),
    ),
    ("ssl is full, whatever it was", "ZoneSetting", None, setting("ssl", "full")),
    ("", "ZoneSetting", None, setting("ssl", "strict")),
    ("", "ZoneSetting", None, setting("min_tls_version", "1.2")),
    (
        "lets in more: always_use_https is off",
        "ZoneSetting",
        setting("always_use_https", "on"),
        setting("always_use_https", "off"),
    ),
    (
        "lets in others: ssl is known after up",
        "ZoneSetting",
        setting("ssl", "strict"),
        setting("ssl", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
    ),
    (
        "lets in others: unheard_of is b, a before",
        "ZoneSetting",
        setting("unheard_of", "a"),
        setting("unheard_of", "b"),
    ),
    (
        "always_use_https is on no longer: the zone has what it had",
        "ZoneSetting",
        setting("always_use_https", "on"),
        None,
    ),
    ("", "ZoneSetting", setting("polish", "off"), setting("polish", "lossy")),
    ("", "ZoneSetting", setting("polish", "off"), None),
    (
        "lets in more: security_header is set",
        "ZoneSetting",
        hsts(**STRICT),
        hsts(**{**STRICT, "max_age": 9}),
    ),
    (
        "lets in more: security_header",
        "ZoneSetting",
        hsts(**STRICT),
        hsts(**{**STRICT, "nosniff": False}),
    ),
    ("lets in fewer: security_header", "ZoneSetting", hsts(**STRICT), hsts(**STRICT, preload=True)),
    ("", "ZoneSetting", None, hsts(**STRICT)),
    (
        "lets in more: ciphers is A, B, A before",
        "ZoneSetting",
        setting("ciphers", ["A"]),
        setting("ciphers", ["A", "B"]),
    ),
    (
        "lets in fewer: ciphers is A, A, B before",
        "ZoneSetting",
        setting("ciphers", ["A", "B"]),
        setting("ciphers", ["A"]),
    ),
    ("signed no longer", "ZoneDnssec", {"status": "active"}, {"status": "disabled"}),
    ("", "ZoneDnssec", None, {"status": "active"}),
    ("lets pages of every origin GET", "R2BucketCors", {"rules": [GET]}, {"rules": [EVERY]}),
    ("lets pages of https://a.example GET", "R2BucketCors", None, {"rules": [GET]}),
    ("no longer lets pages of https://a.example GET", "R2BucketCors", {"rules": [GET]}, None),
    ("", "R2BucketCors", {"rules": [GET], "x": 1}, {"rules": [{**GET, "maxAgeSeconds": 9}]}),
    ("opens the bucket's public address", "R2ManagedDomain", {"enabled": False}, {"enabled": True}),
    ("leaves the bucket's public address open", "R2ManagedDomain", {"enabled": True}, None),
    ("", "R2ManagedDomain", {"enabled": False}, None),
    ("the zone has what it had before", "UniversalSslSetting", {"enabled": True}, None),
    ("lets in whoever has this token", "AccountToken", None, {"name": "a"}),
    ("its token is taken no longer", "AccountToken", {"name": "a"}, None),
    ("what its token may do changes", "AccountToken", {"policies": [1]}, {"policies": [2]}),
    (
        "opens a.example",
        "R2CustomDomain",
        {"domain": "a.example", "enabled": False},
        {"domain": "a.example", "enabled": True},
    ),
    (
        "closes a.example, which stops",
        "R2CustomDomain",
        {"domain": "a.example"},
        {"domain": "a.example", "enabled": False},
    ),
    (
        "opens port 8080 of 0.0.0.0",
        "Container",
        {"ports": [{**PORT, "ip": "127.0.0.1"}]},
        {"ports": [PORT]},
    ),
    ("closes port 8080 of 0.0.0.0", "Container", {"ports": [PORT]}, None),
    ("", "Container", None, {"ports": [{**PORT, "ip": "127.0.0.1"}, {**PORT, "ip": "::1"}]}),
    ("the machine's own network", "Container", {"networkMode": "bridge"}, {"networkMode": "host"}),
    ("at any port of the machine", "Container", {}, {"publishAllPorts": True}),
    ("that the plan does not show", "Container", {"ports": []}, {"ports": "[secret]"}),
    ("that the plan does not show", "Container", {"ports": []}, {"ports": ["[secret]"]}),
    ("opens port 8080 of ::1234", "Container", {}, {"ports": [{**PORT, "ip": "::1234"}]}),
    (
        "opens port 8080 of 0.0.0.0",
        "Service",
        None,
        {"endpointSpec": {"ports": [{"publishedPort": 8080}]}},
    ),
    (
        "opens out.example",
        TUNNEL,
        config(INSIDE),
        config(INSIDE, {"hostname": "out.example", "service": "http://a"}),
    ),
    ("closes in.example", TUNNEL, config(INSIDE), config()),
    (
        "no longer asks for a token of Access at in.example",
        TUNNEL,
        config(INSIDE),
        config({**INSIDE, "originRequest": {}}),
    ),
    (
        "changes what answers at in.example",
        TUNNEL,
        config(INSIDE),
        config({**INSIDE, "service": "http://b"}),
    ),
    (
        "opens *",
        TUNNEL,
        config(INSIDE),
        {"tunnelId": "t", "config": {"ingresses": [INSIDE, {"service": "http://nginx"}]}},
    ),
    ("", TUNNEL, config(INSIDE), {**config(INSIDE), "source": "cloudflare"}),
    ("changes what answers at t", TUNNEL, config(INSIDE), {"tunnelId": "t", "config": "[secret]"}),
    ("leaves t open until its tunnel is deleted", TUNNEL, config(INSIDE), None),
    (
        "no longer asks for a token of Access at in.example",
        TUNNEL,
        everywhere(CHECKED, {"hostname": "in.example", "service": "http://a"}),
        everywhere({}, {"hostname": "in.example", "service": "http://a"}),
    ),
    (
        "lets in everybody",
        POLICY,
        TEAM,
        {**TEAM, "includes": [*TEAM["includes"], {"everyone": {}}]},
    ),
    ("lets in no longer email [hidden]", POLICY, TEAM, {**TEAM, "includes": []}),
    ("requires no longer group g", POLICY, {**TEAM, "requires": [{"group": {"id": "g"}}]}, TEAM),
    (
        "keeps out no longer ip 1.2.3.4",
        POLICY,
        {**TEAM, "excludes": [{"ip": {"ip": "1.2.3.4"}}]},
        TEAM,
    ),
    ("decides bypass instead of allow", POLICY, TEAM, {**TEAM, "decision": "bypass"}),
    ("beside a login (mfaConfig)", POLICY, {**TEAM, "mfaConfig": {"a": 1}}, TEAM),
    (
        "what it guards may open: sessionDuration",
        POLICY,
        {**TEAM, "sessionDuration": "8h"},
        {**TEAM, "sessionDuration": "99h"},
    ),
    (
        "lets whom it names without a login and everybody in",
        POLICY,
        None,
        {"decision": "bypass", "includes": [{"everyone": {}}]},
    ),
    ("", POLICY, None, {"decision": "deny", "includes": [{"everyone": {}}]}),
    ("", POLICY, None, TEAM),
    ("", POLICY, TEAM, {**TEAM, "name": "others"}),
    (
        "lets in every service token",
        "ZeroTrustAccessGroup",
        {"includes": []},
        {"includes": [{"anyValidServiceToken": {}}]},
    ),
    ("its machine is let in no longer", "ZeroTrustAccessServiceToken", {"name": "a"}, None),
    (
        "may open: changes policies",
        APP,
        {"domain": "a", "policies": [1]},
        {"domain": "a", "policies": [2]},
    ),
    ("", APP, {"domain": "a", "name": "x"}, {"domain": "a", "name": "y"}),
    ("what it guards may open", APP, {"domain": "a"}, None),
    ("rule login is gone", "Ruleset", rules(LIMIT, ADMIN), rules(ADMIN)),
    ("rule login is gone", "Ruleset", rules(LIMIT), rules({**LIMIT, "enabled": False})),
    (
        "rule login says otherwise",
        "Ruleset",
        rules(LIMIT),
        rules({**LIMIT, "ratelimit": {"period": 60, "requestsPerPeriod": 500}}),
    ),
    ("rule past is new and lets past others", "Ruleset", rules(ADMIN), rules(SKIP, ADMIN)),
    ("", "Ruleset", rules(ADMIN), rules({**SKIP, "enabled": False}, ADMIN)),
    ("in another order", "Ruleset", rules(ADMIN, LIMIT), rules(LIMIT, ADMIN)),
    ("", "Ruleset", rules(ADMIN), rules(ADMIN, LIMIT)),
    ("", "Ruleset", rules(ADMIN), rules({**ADMIN, "description": "new"})),
    ("what it guards may open", "Ruleset", rules(ADMIN), None),
    ("what it guards may open", "Ruleset", rules(ADMIN), {"rules": "[secret]"}),
    (
        "it has more: 10.0.0.2",
        "List",
        {"items": [{"ip": "10.0.0.1"}]},
        {"items": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]},
    ),
    ("it has no longer: 10.0.0.1", "List", {"items": [{"ip": "10.0.0.1"}]}, {"items": []}),
    ("", "List", {"items": []}, {"items": [], "description": "b"}),
    ("past rules and Access", "DnsRecord", RECORD, {**RECORD, "proxied": False}),
    ("neither rules nor Access before it", "DnsRecord", None, {**RECORD, "proxied": False}),
    ("changes what answers at a.example", "DnsRecord", RECORD, {**RECORD, "content": "c"}),
    ("", "DnsRecord", RECORD, {**RECORD, "ttl": 300, "comment": "new"}),
    (
        "changes what answers at a.example",
        "LoadBalancer",
        BALANCER,
        {**BALANCER, "defaultPools": ["2"]},
    ),
    (
        "changes what answers at a.example",
        "LoadBalancer",
        BALANCER,
        {**BALANCER, "regionPools": [{"region": "WEU", "poolIds": ["2"]}]},
    ),
    ("past rules and Access", "LoadBalancer", BALANCER, {**BALANCER, "proxied": False}),
    (
        "answers from b.example; answers no longer from a.example",
        "LoadBalancerPool",
        {"origins": [{"address": "a.example"}]},
        {"origins": [{"address": "b.example"}]},
    ),
    (
        "",
        "LoadBalancerPool",
        {"origins": [{"address": "a", "weight": 1}]},
        {"origins": [{"address": "a", "weight": 2}]},
    ),
    (
        "closes a.example, which this pack has no certificate for",
        "CertificatePack",
        {"hosts": ["a.example"]},
        None,
    ),
    ("closes https of hosts", "UniversalSslSetting", {"enabled": True}, {"enabled": False}),
    ("", "WorkersCronTrigger", {"schedules": []}, {"schedules": [{"cron": "* * * * *"}]}),
    ("may open", "ZeroTrustAccessTag", {"name": "a", "x": 1}, {"name": "a", "x": 2}),
]


@pytest.mark.parametrize(("said", "kind", "before", "after"), CHANGES)
def test_a_change_says_who_gets_in(said, kind, before, after):
    op = "create" if before is None else "delete" if after is None else "update"
    (item,) = planned(step(op, kind, before, after)).items
    told = item.why if item.rank is Rank.EXPOSURE else ""

    assert bool(told) == bool(said), told
    assert said in told


ON = {"enabled": True, "previewsEnabled": False}
MOVED: list[tuple[str, str, Any, Any]] = [
    ("opens the bucket's", "R2ManagedDomain", {"bucketName": "a"} | ON, {"bucketName": "b"} | ON),
    (
        "closes workers.dev; opens workers.dev",
        "WorkersScriptSubdomain",
        {"scriptName": "a"} | ON,
        {"scriptName": "b"} | ON,
    ),
    ("what it guards may open", "Ruleset", {"zoneId": "a"} | rules(ADMIN), rules(ADMIN)),
    (
        "no longer lets pages of https://a.example GET; lets pages of https://a.example GET",
        "R2BucketCors",
        {"bucketName": "a", "rules": [GET]},
        {"bucketName": "b", "rules": [GET]},
    ),
    (
        "tls_1_3 of a.example is on no longer",
        "HostnameTlsSetting",
        {**setting("tls_1_3", "on"), "hostname": "a.example"},
        {**setting("tls_1_3", "on"), "hostname": "b.example"},
    ),
]


@pytest.mark.parametrize(("said", "kind", "before", "after"), MOVED)
def test_what_moves_closes_in_one_place_and_opens_in_another(said, kind, before, after):
    (item,) = planned(step("replace", kind, before, after, keys=["zoneId"])).items

    assert item.rank is Rank.EXPOSURE
    assert said in item.why


def test_only_another_secret_is_a_rotation():
    token = {"name": "a", "clientSecretVersion": 1}
    (again,) = planned(step("replace", "ZeroTrustAccessServiceToken", token, token)).items
    (new,) = planned(
        step("update", "ZeroTrustAccessServiceToken", token, {**token, "clientSecretVersion": 2})
    ).items

    assert (again.rank, new.rank) == (Rank.EXPOSURE, Rank.ONCE)


@pytest.mark.parametrize("kind", sorted(ROWS))
@pytest.mark.parametrize(
    "value", ["[secret]", None, 7, [], [[]], [7, None], {}, {"rules": 7}, [{"a": None}], "x" * 9000]
)
def test_a_row_takes_whatever_form_a_plan_has(kind, value):
    names = (
        *("settingId", "value", "config", "ingresses", "rules", "items", "ports", "includes"),
        *("policies", "hosts", "hostname", "domain", "name", "origins", "subdomain", "status"),
    )
    odd = dict.fromkeys(names, value) | {"config": {"ingresses": value}}
    for before, after in ((odd, {}), ({}, odd), (odd, odd | {"x": 1}), ({"settingId": "ssl"}, odd)):
        for op in ("create", "update", "delete", "replace"):
            for item in planned(step(op, kind, before, after)).items:
                assert isinstance(item.why, str)
                assert str(item)


def test_what_only_leaves_the_stack_opens_and_closes_nothing():
    kept = step("delete", "ZoneSetting", setting("ssl", "strict"), old={"retainOnDelete": True})

    assert planned(kept).items[0].rank is Rank.REST
