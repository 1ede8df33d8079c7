"""TLS of single hosts of a system (PA-10), as far as the add-on of their zone goes."""

import re
from functools import partial
from typing import Any

import pytest
import yaml

from config import ConfigError
from planning.refusals import RefusedError
from planning.zone_settings import CIPHERS
from systems import platform
from tests.config.examples import ROOT, good, loaded
from tests.support import deploy

HOST = "project-awareness.chitty.cc"
NAME = "project_awareness"
PAGE = (ROOT / "docs" / "project-awareness.md").read_text()
(EXAMPLE,) = re.findall(r"## TLS.*?```yaml\n(.*?)```", PAGE, re.DOTALL)
TLS: dict[str, Any] = yaml.safe_load(EXAMPLE)[f"{NAME}:edge"]["tls"]
MANAGED = {"whole_zone": True, "minimum_tls": "1.2", "certificate_manager": True}


def made(
    tls: object = TLS, baseline: object = MANAGED, system: str = NAME, stack: str = "production"
) -> dict[str, Any]:
    """Register production with *tls* of a system's hosts, in a zone with *baseline*."""
    values = good(stack)
    (zone,) = values["chittyos:zones"]
    edge = {**values[f"{system}:edge"], "tls": tls}
    changes = {"chittyos:zones": [{**zone, "baseline": baseline}], f"{system}:edge": edge}
    return deploy(partial(platform.build, loaded(stack, **changes)), stack=stack)


def hosts(resources: dict[str, Any]) -> dict[tuple[str, str], Any]:
    found = [it.inputs for name, it in resources.items() if name.startswith("HostnameTlsSetting")]
    return {(it["hostname"], it["settingId"]): it["value"] for it in found}


def zone(resources: dict[str, Any]) -> dict[str, Any]:
    found = [it.inputs for name, it in resources.items() if name.startswith("ZoneSetting ")]
    return {it["settingId"]: it["value"] for it in found}


def test_the_example_of_the_documents_is_for_its_own_host_alone():
    resources = made()

    assert hosts(resources) == {(HOST, "min_tls_version"): "1.3"}
    assert zone(resources)["min_tls_version"] == "1.2"


def test_its_certificate_is_for_the_host_and_the_zone():
    (found,) = [it.inputs for name, it in made().items() if name.startswith("CertificatePack")]

    assert found["hosts"] == ["chitty.cc", HOST]
    assert (found["certificateAuthority"], found["validityDays"]) == ("google", 90)


def test_hosts_have_the_minimum_of_the_baseline_but_where_a_system_says_otherwise():
    resources = made(baseline={"certificate_manager": True, "minimum_tls": "1.2"})
    found = {host: value for (host, setting), value in hosts(resources).items()}

    assert found.pop(HOST) == "1.3"
    assert set(found.values()) == {"1.2"}
    assert "id.chitty.cc" in found


def test_every_host_of_a_system_has_it():
    found = hosts(made(tls={"minimum": "1.3"}, system="chittyid"))

    assert set(found) == {
        ("id.chitty.cc", "min_tls_version"),
        ("chittyid.chitty.cc", "min_tls_version"),
    }


def test_ciphers_are_chosen_where_the_minimum_is_1_2():
    """PA-10: the two ciphers of the source are of TLS 1.2."""
    ciphers = list(CIPHERS[:2])

    assert hosts(made(tls={"minimum": "1.2", "ciphers": ciphers}))[HOST, "ciphers"] == ciphers
    with pytest.raises(ConfigError, match=r"ciphers are of TLS 1\.2, and the minimum is 1\.3"):
        made(tls={"minimum": "1.3", "ciphers": ciphers})


@pytest.mark.parametrize("baseline", [{"whole_zone": True}, None])
def test_without_the_add_on_it_is_refused_with_what_to_do(baseline):
    with pytest.raises(RefusedError) as refused:
        made(baseline=baseline)

    assert f"asks for TLS of {HOST}" in str(refused.value)
    assert "needs the add-on Advanced Certificate Manager" in str(refused.value)
    assert "leave edge.tls out, or order the add-on" in str(refused.value)


def test_another_stack_leaves_it_to_the_owner_of_the_zone():
    values = good("staging")
    edges: dict[str, Any] = {key: {} for key in values if key.endswith(":edge")}
    changes = {**edges, f"{NAME}:edge": {"tls": TLS}}

    with pytest.raises(RefusedError, match=r"only production, the owner of zone chitty\.cc"):
        platform.plan(loaded("staging", **changes))


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        ({"authority": "digicert"}, "google"),
        ({"authority": "lets_encrypt", "validity_days": 30}, "lets_encrypt gives 90"),
    ],
)
def test_a_certificate_is_one_that_its_authority_gives(certificate, said):
    with pytest.raises((ConfigError, RefusedError), match=said):
        made(tls={**TLS, "certificate": certificate})


@pytest.mark.parametrize("stack", ["development", "production"])
def test_browsers_are_told_to_keep_https_for_a_year(stack):
    """PA-10: by a header of its own; staging, a guest of the zone, has that of the worker alone."""
    told = {each["name"]: each["value"] for each in good(stack)[f"{NAME}:edge"]["headers"]}

    assert told["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
