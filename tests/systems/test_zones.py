"""The baseline of zones and their managed rules, as the program registers them."""

import pytest
from pulumi.runtime import config as engine

from planning.zone_settings import CIPHERS
from systems import platform, preconditions
from tests.config.examples import SECRETS, as_engine, good
from tests.support import run

FIRST = {"ssl": "strict", "always_use_https": "on", "tls_1_3": "on"}


@pytest.fixture
def registered(monkeypatch):
    """Run the program of production, whose zone is changed; give what it registers."""
    monkeypatch.setenv(preconditions.TOKEN, "t" * 40)
    monkeypatch.setenv(preconditions.PACK, "policies")
    monkeypatch.delenv(preconditions.BASE_URL, raising=False)
    monkeypatch.setattr(preconditions, "_answers", lambda _: True)

    def registers(without=(), **changes):
        values = {key: it for key, it in good("production").items() if key not in without}
        (zone,) = values["chittyos:zones"]
        given = as_engine({**values, "chittyos:zones": [{**zone, **changes}]})
        engine.set_all_config(given, sorted(SECRETS.keys() & given.keys()))
        return run(platform.main, stack="production").resources

    yield registers
    engine.set_all_config({}, [])


def settings(resources):
    found = (it.inputs for name, it in resources.items() if name.startswith("ZoneSetting "))
    return {each["settingId"]: each["value"] for each in found}


def named(resources, kind):
    return {name.partition(" ")[2]: it for name, it in resources.items() if name.startswith(kind)}


def test_the_owner_registers_the_baseline_once(registered):
    resources = registered()

    found = settings(resources)
    header = found.pop("security_header")["strict_transport_security"]
    assert found == {**FIRST, "min_tls_version": "1.2"}
    assert (header["enabled"], header["max_age"], header["preload"]) == (True, 31536000, False)
    assert list(named(resources, "ZoneDnssec")) == ["chitty.cc-settings-dnssec"]
    assert named(resources, "HostnameTlsSetting") == {}


def test_another_stack_leaves_the_zone_to_its_owner(registered):
    values = good("production")
    edges = [key for key in values if key.endswith(":edge")]
    assert edges
    resources = registered(without=edges, owner="elsewhere")

    assert not [name for name in resources if name.startswith(("Zone", "Ruleset"))]


def test_what_is_not_confirmed_for_the_zone_is_for_hosts_of_the_stack(registered):
    """PA-10: minimum and ciphers per host name."""
    baseline = {"certificate_manager": True, "minimum_tls": "1.2", "ciphers": list(CIPHERS[:2])}
    resources = registered(baseline=baseline)

    assert settings(resources) == FIRST
    hosts = named(resources, "HostnameTlsSetting")
    assert "chitty.cc-settings-connect.chitty.cc-min-tls-version" in hosts
    assert "chitty.cc-settings-id.chitty.cc-ciphers" in hosts
    assert len(hosts) == 2 * 7


def test_certificates_are_ordered_and_somebody_is_told_of_them(registered):
    certificate = {"name": "hosts", "hosts": ["chitty.cc", "a.chitty.cc"]}
    resources = registered(
        baseline={
            "whole_zone": True,
            "certificate_manager": True,
            "certificates": [certificate],
            "certificate_emails": ["platform@chitty.cc"],
        }
    )

    assert len(named(resources, "CertificatePack")) == 1
    policies = named(resources, "NotificationPolicy").items()
    alerts = {it.inputs["alertType"] for name, it in policies if name.endswith("-certificates")}
    assert alerts == {"universal_ssl_event_type", "dedicated_ssl_certificate_event_type"}


def test_managed_rules_run_with_their_overrides(registered):
    """FW-8."""
    override = {"id": "a" * 32, "action": "managed_challenge"}
    managed = [
        {"ruleset": "cloudflare"},
        {"ruleset": "owasp", "others": "off", "rules": [{**override, "enabled": True}]},
        {"ruleset": "ddos", "sensitivity": "low", "why": "a launch is no attack"},
    ]
    resources = registered(plan="pro", managed_rules=managed)

    rulesets = {it.inputs["phase"]: it.inputs for it in named(resources, "Ruleset").values()}
    first, second = rulesets["http_request_firewall_managed"]["rules"]
    assert (first["action"], first["expression"]) == ("execute", "true")
    assert first["actionParameters"] == {"id": "efb7b8c949ac4650a09736fc376e9aee"}
    assert second["actionParameters"]["overrides"] == {
        "enabled": False,
        "rules": [{"id": "a" * 32, "action": "managed_challenge", "enabled": True}],
    }
    assert "others: off" in second["description"]
    (ddos,) = rulesets["ddos_l7"]["rules"]
    assert ddos["actionParameters"]["overrides"] == {"sensitivityLevel": "low"}
