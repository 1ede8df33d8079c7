"""Settings of a zone under the engine: set, kept, and back at what they were found with."""

import pytest

from components.certificate import Certificate, CertificateArgs
from components.zone_settings import HostTlsArgs, ZoneSettings, ZoneSettingsArgs
from planning.zone_settings import hsts

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

SETTINGS = {
    "ssl": "strict",
    "min_tls_version": "1.2",
    "always_use_https": "on",
    "tls_1_3": "zrt",
    "security_header": hsts(),
}


def program(zone, hosts=("chitty.cc", "a.chitty.cc"), *, settings=SETTINGS, dnssec=True):
    args = ZoneSettingsArgs(
        zone="chitty.cc",
        plan="free",
        settings=settings,
        dnssec=dnssec,
        universal_ssl=False,
        tiered_cache=True,
        hosts=(HostTlsArgs(host="a.chitty.cc", minimum="1.3"),),
    )
    ZoneSettings("zone", args, zone_id=zone)
    Certificate("cert", CertificateArgs(zone="chitty.cc", hosts=hosts), zone_id=zone)


def everything(cloud):
    """Read all that a zone has, but for the times."""
    zone = f"/zones/{cloud.zone_id}"
    paths = (
        "/settings",
        "/dnssec",
        "/ssl/universal/settings",
        "/argo/tiered_caching",
        "/cache/tiered_cache_smart_topology_enable",
        "/hostnames/settings/min_tls_version",
        "/ssl/certificate_packs",
    )
    return {path: timeless(cloud.result("GET", zone + path)) for path in paths}


def timeless(value):
    if isinstance(value, list):
        return [timeless(each) for each in value]
    if isinstance(value, dict):
        return {name: timeless(each) for name, each in value.items() if name != "modified_on"}
    return value


def found_by_hand(cloud):
    """Set some of it as somebody may have: what a stack has to leave as it was."""
    zone = f"/zones/{cloud.zone_id}"
    cloud.result("PATCH", f"{zone}/settings/ssl", json={"value": "flexible"})
    cloud.result("PATCH", f"{zone}/dnssec", json={"status": "active"})
    cloud.result("PATCH", f"{zone}/argo/tiered_caching", json={"value": "on"})


def test_it_goes_up_holds_still_and_leaves_the_zone_as_it_found_it(engine, cloud):
    found_by_hand(cloud)
    before = everything(cloud)
    zone = cloud.zone_id
    stack = engine.stack(lambda: program(zone))

    stack.up()
    during = everything(cloud)
    listed = {each["id"]: each["value"] for each in during["/settings"]}
    assert {name: listed[name] for name in SETTINGS} == SETTINGS
    assert during["/dnssec"]["status"] == "active"
    assert during["/ssl/universal/settings"] == {"enabled": False}
    assert [pack["hosts"] for pack in during["/ssl/certificate_packs"]] == [
        ["a.chitty.cc", "chitty.cc"]
    ]
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert stack.preview(expect_no_changes=True).changes == {}

    stack.destroy()

    assert everything(cloud) == before
    assert stack.resources() == {}


def test_a_setting_that_leaves_the_stack_goes_back_alone(engine, cloud):
    found_by_hand(cloud)
    zone = cloud.zone_id
    stack = engine.stack(lambda: program(zone))
    stack.up()
    fewer = {name: value for name, value in SETTINGS.items() if name != "ssl"}

    stack.becomes(lambda: program(zone, settings=fewer, dnssec=None)).up()

    kept = {each["id"]: each["value"] for each in everything(cloud)["/settings"]}
    assert kept["ssl"] == "flexible"
    assert kept["min_tls_version"] == "1.2"
    assert everything(cloud)["/dnssec"]["status"] == "active"


def test_a_host_that_leaves_a_certificate_is_gone_from_it(engine, cloud):
    zone = cloud.zone_id
    stack = engine.stack(lambda: program(zone))
    stack.up()

    stack.becomes(lambda: program(zone, hosts=("chitty.cc",))).up()

    (pack,) = everything(cloud)["/ssl/certificate_packs"]
    assert pack["hosts"] == ["chitty.cc"]
