"""What holds for a zone: who may issue certificates, and which rules may stop a request."""

import pytest

from tests.planning.exposure.support import OTHER, ZONE, domain, drawn, made, script, ways

ISSUE = {"flags": 0.0, "tag": "issue", "value": "letsencrypt.org"}
IODEF = {"flags": 0.0, "tag": "iodef", "value": "mailto:a@chitty.cc"}


def caa(name, data, zone=ZONE):
    return made("DnsRecord", name, type="CAA", name="chitty.cc", zoneId=zone, data=data)


def universal(*, enabled):
    return made("UniversalSslSetting", "u", zoneId=ZONE, enabled=enabled)


def zone(*resources):
    return next(each for each in drawn(*resources).zones if each.name == "chitty.cc")


def test_without_caa_records_any_authority_may_issue():
    found = zone()

    assert (found.may_issue, found.restricts) == (("any authority",), False)


@pytest.mark.parametrize("more", [(), (universal(enabled=True),), (universal(enabled=None),)])
def test_va_26_183_01_caa_does_not_restrict_while_universal_ssl_adds_its_own(more):
    found = zone(caa("c", ISSUE), *more)

    assert not found.restricts
    assert found.may_issue == ("letsencrypt.org", "the authorities of Universal SSL")
    assert found.caa == ('chitty.cc CAA 0 issue "letsencrypt.org"',)
    [said] = drawn(caa("c", ISSUE), *more).found
    assert said.about == "chitty.cc"
    assert "do not restrict" in said.text


def test_caa_restricts_once_universal_ssl_is_off():
    found = drawn(caa("c", ISSUE), caa("m", IODEF), universal(enabled=False))

    assert next(z for z in found.zones if z.name == "chitty.cc").restricts
    assert zone(caa("c", ISSUE), universal(enabled=False)).may_issue == ("letsencrypt.org",)
    assert found.found == ()


def test_a_record_that_names_nobody_lets_nobody_issue():
    none = {**ISSUE, "value": ";"}

    assert zone(caa("c", none), universal(enabled=False)).may_issue == ("nobody",)


def test_the_setting_of_another_zone_says_nothing():
    other = made("UniversalSslSetting", "o", zoneId=OTHER, enabled=False)

    assert not zone(caa("c", ISSUE), other).restricts
    assert zone(caa("c", ISSUE, zone=OTHER)).caa == ()


def rule(phase="http_request_firewall_custom", zone_id=ZONE, **given):
    listed = [{"ref": "probes", "action": "block", "expression": "true", **given}]
    return made("Ruleset", "rules", phase=phase, zoneId=zone_id, rules=listed)


def stops(*rulesets):
    served = (script("a"), domain("a.chitty.cc", "a"))
    return ways(*served, *rulesets)["a.chitty.cc/*"].rules


def test_rules_and_limits_of_the_zone_are_said_for_the_hosts_that_they_may_act_on():
    limit = rule("http_ratelimit", ratelimit={"requestsPerPeriod": 300.0, "period": 10.0})

    assert stops(rule()) == ("block by probes",)
    assert stops(limit) == ("limit: block by probes, 300 in 10 s",)
    assert stops(rule(expression='http.host eq "b.chitty.cc"')) == ()


@pytest.mark.parametrize(
    "other",
    [
        rule(enabled=False),
        rule(zone_id=OTHER),
        rule(action="skip"),
        rule(action="log"),
        rule("http_request_cache_settings"),
        rule("http_response_headers_transform"),
    ],
)
def test_rules_that_stop_no_request_for_the_host_are_left_out(other):
    assert stops(other) == ()


def test_a_host_lies_in_the_longest_zone_that_fits():
    served = (script("a"), domain("a.cc.chitty.cc", "a"), rule(zone_id=OTHER))

    assert ways(*served)["a.cc.chitty.cc/*"].rules == ("block by probes",)
