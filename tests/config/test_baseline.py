"""What the owner of a zone configures for all of it (PA-10, FW-8, FW-12)."""

import pytest

from planning.zone_settings import CIPHERS, YEAR
from tests.config.examples import good, load, problems, source

ZONE = "chittyos:zones[0]"
CERTIFICATE = {"name": "hosts", "hosts": ["chitty.cc", "project-awareness.chitty.cc"]}
MANAGED = {"ruleset": "owasp", "others": "as_they_are"}
RULE = {"id": "a" * 32, "action": "log"}


def stack(plan="free", managed=(), **baseline):
    values = good("production")
    zones = [
        {**zone, "plan": plan, "baseline": baseline, "managed_rules": list(managed)}
        for zone in values["chittyos:zones"]
    ]
    return {**values, "chittyos:zones": zones}


def said(values):
    return dict(problems(values, "production"))


def read(values):
    return load("production", source(values, "production")).deployment.zones[0]


def test_the_tracked_stacks_confirm_the_whole_zone():
    for name in ("staging", "production"):
        (zone,) = good(name)["chittyos:zones"]
        assert zone["baseline"] == {"whole_zone": True, "minimum_tls": "1.2"}


def test_it_is_a_year_of_hsts_with_all_hosts_and_without_preload():
    baseline = read(stack(whole_zone=True)).baseline

    assert baseline.hsts.max_age == YEAR
    assert (baseline.hsts.include_subdomains, baseline.hsts.preload) == (True, False)
    assert (baseline.minimum_tls, baseline.dnssec) == ("1.2", True)
    assert read(good("production") | {"chittyos:zones": [_bare()]}).baseline is None


def _bare():
    (zone,) = good("production")["chittyos:zones"]
    return {name: value for name, value in zone.items() if name != "baseline"}


def test_what_acts_on_the_whole_zone_has_to_be_confirmed():
    """PA-10: the minimum and HSTS act on hosts of others."""
    found = said(stack())

    assert "confirm by whole_zone: true" in found[f"{ZONE}.baseline.whole_zone"]
    assert "Advanced Certificate Manager" in found[f"{ZONE}.baseline.whole_zone"]
    assert read(stack(certificate_manager=True)).baseline.whole_zone is False


def test_all_of_it_is_read():
    zone = read(
        stack(
            "pro",
            [{**MANAGED, "rules": [RULE]}, {"ruleset": "ddos", "sensitivity": "low"}],
            whole_zone=True,
            ciphers=list(CIPHERS[:2]),
            universal_ssl=False,
            tiered_cache=True,
            settings={"polish": "lossy", "http3": "on"},
            certificate_manager=True,
            certificates=[CERTIFICATE],
            certificate_emails=["platform@chitty.cc"],
        )
    )

    assert [each.ruleset for each in zone.managed_rules] == ["owasp", "ddos"]
    assert zone.baseline.certificates[0].validity_days == 90


WITH_ADD_ON = {"whole_zone": True, "certificate_manager": True}
REFUSED = {
    "DigiCert": (
        {**WITH_ADD_ON, "certificates": [{**CERTIFICATE, "authority": "digicert"}]},
        "baseline.certificates[0].authority",
        "'google', 'lets_encrypt' or 'ssl_com'",
    ),
    "a year": (
        {**WITH_ADD_ON, "certificates": [{**CERTIFICATE, "validity_days": 365}]},
        "baseline.certificates[0]",
        "google gives 14, 30, 90",
    ),
    "no apex": (
        {**WITH_ADD_ON, "certificates": [{"name": "a", "hosts": ["a.chitty.cc"]}]},
        "baseline.certificates[0]",
        "hosts lack chitty.cc itself",
    ),
    "a certificate twice": (
        {**WITH_ADD_ON, "certificates": [CERTIFICATE, CERTIFICATE]},
        "baseline.certificates",
        "has the name hosts 2 times",
    ),
    "no add-on": (
        {"whole_zone": True, "certificates": [CERTIFICATE]},
        "baseline.certificates",
        "needs the add-on Advanced Certificate Manager",
    ),
    "ciphers of TLS 1.2 with a minimum of 1.3": (
        {**WITH_ADD_ON, "minimum_tls": "1.3", "ciphers": [CIPHERS[0]]},
        "baseline",
        "leave them out, or take 1.2",
    ),
    "a plain RSA cipher": (
        {**WITH_ADD_ON, "ciphers": ["AES128-SHA"]},
        "baseline",
        "AES128-SHA is none of",
    ),
    "preload for a day": (
        {"whole_zone": True, "hsts": {"max_age": 86400, "preload": True}},
        "baseline.hsts",
        f"max_age of {YEAR}",
    ),
    "a setting with a field of its own": (
        {"whole_zone": True, "settings": {"ssl": "flexible"}},
        "baseline.settings",
        "has a field of its own",
    ),
    "a switch that is no text": (
        {"whole_zone": True, "settings": {"http3": True}},
        "baseline.settings",
        'it is one of "on", "off"',
    ),
    "a setting of another plan": (
        {"whole_zone": True, "settings": {"polish": "lossy"}},
        "baseline.settings.polish",
        "needs the pro plan and chitty.cc has free",
    ),
    "a star inside": (
        {**WITH_ADD_ON, "certificates": [{**CERTIFICATE, "hosts": ["*.*.chitty.cc"]}]},
        "baseline.certificates[0].hosts[0]",
        "a star stands once",
    ),
    "half a host": (
        {**WITH_ADD_ON, "certificates": [{**CERTIFICATE, "hosts": ["a..chitty.cc"]}]},
        "baseline.certificates[0].hosts[0]",
        "a host name is made of",
    ),
    "a name of other signs": (
        {**WITH_ADD_ON, "certificates": [{**CERTIFICATE, "name": "Hosts"}]},
        "baseline.certificates[0].name",
        "'Hosts' is refused: it is text of the form ^[a-z]",
    ),
    "the minimum of long ago": (
        {"whole_zone": True, "minimum_tls": "1.0"},
        "baseline.minimum_tls",
        "'1.2' or '1.3'",
    ),
}


@pytest.mark.parametrize(("baseline", "path", "text"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_said_at_its_place(baseline, path, text):
    assert text in said(stack(**baseline))[f"{ZONE}.{path}"]


def test_every_setting_that_is_wrong_is_said_and_no_credential():
    key = "sk_live_" + "51H8xkdjfhskdjfhKJHK"
    wrong = {"http3": key, "brotli": {"value": key}, "ipv6": True, "ssl": "full"}

    found = problems(stack(whole_zone=True, settings=wrong), "production")

    assert [path for path, _ in found] == [f"{ZONE}.baseline.settings"] * 4
    assert not any(key in text for _, text in found)
    assert sum("(not shown) looks like a credential" in text for _, text in found) == 2


def test_a_path_of_folders_is_repeated_as_no_credential():
    path = "/srv/platform-vmaz6lik/all/worker-0/test_a_copy_that_differs_is_sa0/a"

    found = said(stack(whole_zone=True, settings={"http3": path}))

    assert path in found[f"{ZONE}.baseline.settings"]


CONFIRMED = {"whole_zone": True}
UNMANAGED = {
    "a free zone": ("free", [MANAGED], "managed_rules[0]", "needs the pro plan"),
    "a ruleset twice": (
        "pro",
        [MANAGED, MANAGED],
        "managed_rules",
        "has the ruleset owasp 2 times",
    ),
    "incident 18: all off and none on": (
        "pro",
        [{**MANAGED, "others": "off"}],
        "managed_rules[0]",
        "switches all rules off and none on",
    ),
    "incident 18: all off, and one off once more": (
        "pro",
        [{**MANAGED, "others": "off", "rules": [{**RULE, "enabled": False}]}],
        "managed_rules[0]",
        "give rules or categories `enabled: true`",
    ),
    "two overrides for one rule": (
        "pro",
        [{**MANAGED, "rules": [RULE, {**RULE, "action": "block"}]}],
        "managed_rules[0]",
        f"overrides the rule {RULE['id']} 2 times",
    ),
    "an override that says nothing": (
        "pro",
        [{**MANAGED, "categories": [{"category": "wordpress"}]}],
        "managed_rules[0]",
        "the category wordpress and says nothing of it",
    ),
    "a sensitivity of the firewall": (
        "pro",
        [{**MANAGED, "sensitivity": "low"}],
        "managed_rules[0]",
        "it is of the DDoS ruleset alone",
    ),
    "DDoS without a word": ("free", [{"ruleset": "ddos"}], "managed_rules[0]", "runs by itself"),
    "DDoS that only notes": (
        "pro",
        [{"ruleset": "ddos", "action": "log"}],
        "managed_rules[0]",
        "needs the enterprise plan",
    ),
    "DDoS off": (
        "enterprise",
        [{"ruleset": "ddos", "others": "off", "rules": [RULE]}],
        "managed_rules[0].others",
        "always on",
    ),
    "no id": ("pro", [{**MANAGED, "rules": [{"id": "1"}]}], "managed_rules[0].rules[0].id", "'1'"),
}


@pytest.mark.parametrize(("plan", "managed", "path", "text"), UNMANAGED.values(), ids=UNMANAGED)
def test_managed_rules_that_cannot_be_are_said_at_their_place(plan, managed, path, text):
    assert text in said(stack(plan, managed, **CONFIRMED))[f"{ZONE}.{path}"]
