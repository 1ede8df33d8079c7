"""Settings, switches, hosts and certificates of a zone, as clients ask for them (PA-10, FW-12)."""

import json
from pathlib import Path

import pytest

from local.records.records import Kind
from planning.zone_settings import SETTINGS, hsts
from tests.local.api.conftest import ZONE_ID, World

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "contract" / "zones.jsonl"
ZONE = f"/zones/{ZONE_ID}"
PACKS = f"{ZONE}/ssl/certificate_packs"
ORDER = {
    "certificate_authority": "google",
    "hosts": ["chitty.cc", "project-awareness.chitty.cc"],
    "type": "advanced",
    "validation_method": "txt",
    "validity_days": 90,
}


async def test_what_the_official_plugin_sends_is_answered(world: World):
    ids: dict[str, str] = {}
    for line in RECORDED.read_text().splitlines():
        exchange = json.loads(_with(ids, line))
        path = exchange["path"].removeprefix("/client/v4")
        body = {"json": exchange["request"]} if exchange["request"] else {}
        result = await world.ask(exchange["method"], path, **body)
        said = exchange["response"] or {}
        if path.endswith("/order"):
            ids[said["id"]] = result["id"]
        for name in {"value", "status", "hosts", "validity_days"} & said.keys() - {"id"}:
            if isinstance(result, dict) and exchange["method"] != "DELETE":
                assert result[name] == said[name], path

    assert len(ids) == 2


def _with(ids: dict[str, str], line: str) -> str:
    """Put our ids in the place of the recorder's."""
    for theirs, ours in ids.items():
        line = line.replace(theirs, ours)
    return line


async def test_a_new_zone_has_what_every_setting_is_at_first(world: World):
    listed = {each["id"]: each for each in await world.ask("GET", f"{ZONE}/settings")}

    assert listed.keys() == SETTINGS.keys()
    assert listed["ssl"] == await world.ask("GET", f"{ZONE}/settings/ssl")
    assert (listed["ssl"]["value"], listed["ssl"]["editable"]) == ("full", True)


async def test_a_setting_is_kept_for_its_zone_alone(world: World):
    await world.ask("PATCH", f"{ZONE}/settings/ssl", json={"value": "strict"})

    other = await world.ask("GET", f"/zones/{'4' * 32}/settings/ssl")
    assert (await world.ask("GET", f"{ZONE}/settings/ssl"))["value"] == "strict"
    assert other["value"] == "full"


WRONG = {
    "a word that is none": ("ssl", "tight"),
    "a switch that is no text": ("always_use_https", True),
    "nothing": ("ssl", None),
    "a key of five missing": ("security_header", {"strict_transport_security": {"enabled": True}}),
    "a cipher that is none": ("ciphers", ["RC4"]),
    "no number": ("browser_cache_ttl", "1h"),
}


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG)
async def test_a_value_that_is_none_is_refused(world: World, name, value):
    refused = await world.refused("PATCH", f"{ZONE}/settings/{name}", json={"value": value})

    assert refused[:2] == (400, 1007)
    assert f"Invalid value for zone setting {name}" in refused[2]
    assert world.state.records.all(Kind.ZONE_SETTING) == []


async def test_an_undefined_setting_is_refused_as_by_cloudflare(world: World):
    for method in ("GET", "PATCH"):
        sent = {"json": {"value": "on"}} if method == "PATCH" else {}
        refused = await world.refused(method, f"{ZONE}/settings/grpc", **sent)
        assert refused == (400, 1003, "Undefined zone setting: grpc")


async def test_a_plan_decides_what_can_be_edited(world: World):
    polish = f"{ZONE}/settings/polish"
    await world.ask("PATCH", polish, json={"value": "lossy"})
    await world.ask("PUT", f"{ZONE}/subscription", json={"rate_plan": {"id": "free"}})

    refused = await world.refused("PATCH", polish, json={"value": "off"})

    assert refused == (403, 1015, "Not allowed to edit setting for polish")
    assert (await world.ask("GET", polish))["editable"] is False
    assert (await world.ask("GET", ZONE))["plan"]["name"] == "Free"
    await world.ask("PUT", f"{ZONE}/subscription", json={"rate_plan": {"id": "pro"}})
    assert (await world.ask("GET", polish))["editable"] is True
    assert (await world.ask("GET", f"{ZONE}/subscription"))["rate_plan"]["id"] == "pro"


async def test_hsts_becomes_headers_at_the_edge_and_goes(world: World):
    header = f"{ZONE}/settings/security_header"
    await world.ask("PATCH", header, json={"value": hsts(preload=True)})

    (ruleset,) = world.runtime.cloud.rulesets
    assert (ruleset.zone, ruleset.phase) == ("chitty.cc", "security_header")
    changes = ruleset.rules[0]["action_parameters"]["headers"]
    assert changes["strict-transport-security"]["value"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    assert changes["x-content-type-options"]["value"] == "nosniff"

    off = SETTINGS["security_header"].first
    await world.ask("PATCH", header, json={"value": off})
    assert world.runtime.cloud.rulesets == ()


async def test_dnssec_has_a_record_for_the_registrar_while_it_is_active(world: World):
    assert (await world.ask("GET", f"{ZONE}/dnssec"))["status"] == "disabled"
    active = await world.ask("PATCH", f"{ZONE}/dnssec", json={"status": "active"})

    assert active["ds"].startswith("chitty.cc. 3600 IN DS ")
    assert (await world.refused("DELETE", f"{ZONE}/dnssec"))[0] == 400
    await world.ask("PATCH", f"{ZONE}/dnssec", json={"status": "disabled"})
    await world.ask("DELETE", f"{ZONE}/dnssec")
    assert "ds" not in await world.ask("GET", f"{ZONE}/dnssec")


async def test_a_host_has_tls_of_its_own_until_it_is_taken_away(world: World):
    place = f"{ZONE}/hostnames/settings/ciphers"
    value = ["ECDHE-RSA-AES128-GCM-SHA256"]
    put = await world.ask("PUT", f"{place}/a.chitty.cc", json={"value": value})

    assert (put["hostname"], put["value"], put["status"]) == ("a.chitty.cc", value, "active")
    assert await world.ask("GET", f"{place}/a.chitty.cc") == [put]
    assert await world.ask("GET", place) == [put]
    assert await world.ask("GET", f"{ZONE}/hostnames/settings/min_tls_version") == []
    foreign = await world.refused("PUT", f"{place}/a.example.com", json={"value": value})
    assert "is no host of zone chitty.cc" in foreign[2]
    assert (await world.refused("PUT", f"{place}/a.chitty.cc", json={"value": ["x"]}))[0] == 400
    await world.ask("DELETE", f"{place}/a.chitty.cc")
    assert (await world.refused("GET", f"{place}/a.chitty.cc"))[:2] == (404, 17405)


REFUSED_ORDERS = {
    "DigiCert": ({"certificate_authority": "digicert"}, "google, lets_encrypt, ssl_com"),
    "a validity nobody gives": ({"validity_days": 365}, "google gives 14, 30, 90"),
    "30 days of Let's Encrypt": (
        {"certificate_authority": "lets_encrypt", "validity_days": 30},
        "lets_encrypt gives 90",
    ),
    "no apex": ({"hosts": ["a.chitty.cc"]}, "hosts lack chitty.cc itself"),
    "another zone": ({"hosts": ["chitty.cc", "a.example.com"]}, "a.example.com is no host"),
    "51 hosts": (
        {"hosts": ["chitty.cc", *(f"h{n}.chitty.cc" for n in range(50))]},
        "hosts are 51",
    ),
}


@pytest.mark.parametrize(("changes", "said"), REFUSED_ORDERS.values(), ids=REFUSED_ORDERS)
async def test_a_certificate_nobody_gives_is_refused(world: World, changes, said):
    refused = await world.refused("POST", f"{PACKS}/order", json={**ORDER, **changes})

    assert refused[0] == 400
    assert said in refused[2]
    assert await world.ask("GET", PACKS) == []


async def test_a_pack_is_active_at_once_and_lasts_as_long_as_it_was_ordered_for(world: World):
    made = await world.ask("POST", f"{PACKS}/order", json=ORDER)
    (certificate,) = made["certificates"]

    assert made["status"] == "active"
    assert made["primary_certificate"] == certificate["id"]
    assert certificate["expires_on"] > certificate["uploaded_on"]
    assert await world.ask("GET", PACKS) == [made]
    assert await world.ask("GET", f"/zones/{'4' * 32}/ssl/certificate_packs") == []
    assert (await world.ask("GET", f"{PACKS}/quota"))["advanced"]["used"] == 1
    branded = await world.ask("PATCH", f"{PACKS}/{made['id']}", json={"cloudflare_branding": True})
    assert branded["cloudflare_branding"] is True
    await world.ask("DELETE", f"{PACKS}/{made['id']}")
    assert (await world.refused("GET", f"{PACKS}/{made['id']}"))[:2] == (404, 17406)
