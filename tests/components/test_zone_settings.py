"""Settings of a zone and certificates as resources, and what is refused before (PA-10, FW-12)."""

import pytest
from pydantic import ValidationError

from components.certificate import Certificate, CertificateArgs
from components.zone_settings import HostTlsArgs, ZoneSettings, ZoneSettingsArgs
from planning.zone_settings import CIPHERS, hsts
from tests.support import deploy

ZONE_ID = "cd" * 16
GIVEN = {
    "zone": "chitty.cc",
    "plan": "free",
    "settings": {"ssl": "strict", "security_header": hsts(preload=True)},
    "dnssec": True,
    "universal_ssl": True,
    "tiered_cache": True,
    "hosts": (HostTlsArgs(host="a.chitty.cc", minimum="1.2", ciphers=CIPHERS[:2]),),
}


def made(**changes):
    args = ZoneSettingsArgs(**{**GIVEN, **changes})
    return deploy(lambda: ZoneSettings("zone", args, zone_id=ZONE_ID))


def test_every_setting_is_registered_once_after_the_record_of_what_it_was():
    resources = made()

    changing = {
        "ZoneSetting zone-ssl": "ZoneFound zone-ssl-found",
        "ZoneSetting zone-security-header": "ZoneFound zone-security-header-found",
        "ZoneDnssec zone-dnssec": "ZoneFound zone-dnssec-found",
        "UniversalSslSetting zone-universal-ssl": "ZoneFound zone-universal-ssl-found",
        "ArgoTieredCaching zone-tiered-caching": "ZoneFound zone-tiered-caching-found",
        "TieredCache zone-tiered-cache": "ZoneFound zone-tiered-cache-found",
    }
    for changed, found in changing.items():
        assert found in resources[changed].depends_on, changed
        assert resources[changed].inputs["zoneId"] == resources[found].inputs["zone_id"] == ZONE_ID
    assert "ArgoTieredCaching zone-tiered-caching" in (
        resources["TieredCache zone-tiered-cache"].depends_on
    )
    assert len([name for name in resources if name.startswith("ZoneFound")]) == len(changing)


def test_hsts_has_all_five_keys_in_the_words_of_the_api():
    header = made()["ZoneSetting zone-security-header"].inputs["value"]

    assert header == {
        "strict_transport_security": {
            "enabled": True,
            "include_subdomains": True,
            "max_age": 31536000,
            "nosniff": True,
            "preload": True,
        }
    }


def test_tls_of_a_host_is_the_hosts_own():
    resources = made()

    minimum = resources["HostnameTlsSetting zone-a.chitty.cc-min-tls-version"]
    ciphers = resources["HostnameTlsSetting zone-a.chitty.cc-ciphers"]
    assert (minimum.inputs["hostname"], minimum.inputs["value"]) == ("a.chitty.cc", "1.2")
    assert ciphers.inputs["value"] == list(CIPHERS[:2])
    assert not [name for name in resources if "ZoneSetting" in name and "min-tls" in name]


def test_what_is_not_asked_for_is_left_alone():
    resources = made(settings={}, dnssec=None, universal_ssl=None, tiered_cache=None, hosts=())

    assert list(resources) == ["chittyos:ZoneSettings zone"]


REFUSED = {
    "a plan that cannot": ({"settings": {"polish": "lossy"}}, "polish needs the pro plan"),
    "a setting that is none": ({"settings": {"tls": "1.3"}}, "tls is no setting of a zone"),
    "a value that is none": ({"settings": {"ssl": "on"}}, "ssl is 'on'; it is one of"),
    "four of five keys": (
        {"settings": {"security_header": {"strict_transport_security": {"enabled": True}}}},
        "enabled, include_subdomains, max_age, nosniff, preload, each",
    ),
    "a host of another zone": (
        {"hosts": (HostTlsArgs(host="a.example.com", minimum="1.2"),)},
        "a.example.com is no host of zone chitty.cc",
    ),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cloudflare_would_refuse_is_refused_before_anything_is_made(changes, words):
    with pytest.raises(ValidationError, match=words):
        ZoneSettingsArgs(**{**GIVEN, **changes})


def test_ciphers_are_for_a_minimum_of_1_2_and_modern():
    """PA-10: the source's two ciphers are of TLS 1.2."""
    with pytest.raises(ValidationError, match=r"ciphers are of TLS 1\.2, and the minimum is 1\.3"):
        HostTlsArgs(host="a.chitty.cc", minimum="1.3", ciphers=CIPHERS[:1])
    with pytest.raises(ValidationError, match="AES128-SHA is none of"):
        HostTlsArgs(host="a.chitty.cc", minimum="1.2", ciphers=("AES128-SHA",))


CERTIFICATE = {"zone": "chitty.cc", "hosts": ("chitty.cc", "b.chitty.cc", "a.chitty.cc")}


def certificate(**changes):
    args = CertificateArgs(**{**CERTIFICATE, **changes})
    return deploy(lambda: Certificate("cert", args, zone_id=ZONE_ID))


def test_a_certificate_is_ordered_for_the_hosts():
    (name,) = [name for name in certificate() if name.startswith("CertificatePack")]
    pack = certificate()[name]

    assert pack.inputs["hosts"] == ["a.chitty.cc", "b.chitty.cc", "chitty.cc"]
    assert (pack.inputs["type"], pack.inputs["validityDays"]) == ("advanced", 90)


def test_a_host_that_goes_makes_another_certificate_first():
    """Left to itself the plugin takes fewer hosts for no change, and the host stays."""
    before = set(certificate())
    same = set(certificate(hosts=("a.chitty.cc", "chitty.cc", "b.chitty.cc")))
    after = set(certificate(hosts=("chitty.cc", "b.chitty.cc")))

    assert same == before
    assert len(after - before) == 1


NO_CERTIFICATES = {
    "DigiCert": ({"authority": "digicert"}, "google"),
    "a year": ({"validity_days": 365}, "google gives 14, 30, 90"),
    "30 days of Let's Encrypt": (
        {"authority": "lets_encrypt", "validity_days": 30},
        "lets_encrypt gives 90",
    ),
    "no apex": ({"hosts": ("a.chitty.cc",)}, "hosts lack chitty.cc itself"),
    "a host twice": ({"hosts": ("chitty.cc", "chitty.cc")}, "more than once"),
    "a star within": ({"hosts": ("chitty.cc", "a.*.chitty.cc")}, "a star that is not its first"),
}


@pytest.mark.parametrize(("changes", "words"), NO_CERTIFICATES.values(), ids=NO_CERTIFICATES)
def test_a_certificate_that_nobody_gives_is_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        CertificateArgs(**{**CERTIFICATE, **changes})
