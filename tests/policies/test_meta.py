"""What the pack says about its own unknowns: unknown values, hidden structures, unjudged types."""

import pytest

from harness.policy_pack import request
from policies.pack.finding import Findings
from policies.pack.rule import ADVICE, Registry, Severity
from policies.pack.type_tokens import ALIASES, R2_MANAGED_DOMAIN, WORKERS_SCRIPT, cloudflare
from policies.rules.legacy import LEGACY
from policies.rules.meta import STRUCTURES, UNCOVERED
from tests.policies.cases import CASES
from tests.policies.support import UNKNOWN, analyzer, change, messages, seal

NOT_YET_CHECKABLE = "meta-not-yet-checkable"
ENCRYPTED = "[secret]"


def says_why(_: object) -> Findings:
    """Serve as a check with a sentence."""
    yield from ()


def told(kind, props, rule_id, **options):
    return messages(analyzer().Analyze(request(kind, props, **options), None), rule_id)


def leaves():
    return [
        pytest.param(case, path, id=f"{case.rule}-{case.type.rsplit(':', 1)[-1]}-{path}")
        for case in CASES
        for path, _ in case.breaks
    ]


@pytest.mark.parametrize(("case", "path"), leaves())
def test_every_unknown_that_a_rule_wanted_is_told_by_its_path(case, path):
    settings = {case.rule: case.settings}
    props = change(case.good, path, UNKNOWN)
    asked = request(case.type, props, parent_type=case.parent_type, **case.options)
    said = "".join(messages(analyzer(settings).Analyze(asked, None), NOT_YET_CHECKABLE))

    assert any(path.startswith(line.split("`")[1].split("[")[0]) for line in said.split("\n  "))
    assert case.rule in said


def test_a_sealed_unknown_is_told_too():
    props = {"enabled": seal(UNKNOWN)}

    assert "`enabled` (r2-no-dev-url" in told(R2_MANAGED_DOMAIN, props, NOT_YET_CHECKABLE)[0]


def test_what_could_not_be_decrypted_is_told_and_not_taken_for_a_value():
    props = {"bindings": [{"type": "secret_text", "name": "A", "text": ENCRYPTED}]}

    assert told(WORKERS_SCRIPT, props, "secrets-no-placeholder") == []
    assert "`bindings[0].text`" in told(WORKERS_SCRIPT, props, NOT_YET_CHECKABLE)[0]


def test_says_nothing_where_everything_is_known():
    assert told(R2_MANAGED_DOMAIN, {"enabled": False}, NOT_YET_CHECKABLE) == []


STRUCTURE_PATHS = [(kind, path) for kind, paths in STRUCTURES.items() for path in paths]


@pytest.mark.parametrize(("kind", "path"), STRUCTURE_PATHS)
def test_a_structure_that_is_unknown_as_a_whole_is_a_finding(kind, path):
    assert told(kind, change({}, path, UNKNOWN), "meta-structure-known")
    assert not told(kind, change({}, path, [{"name": UNKNOWN}]), "meta-structure-known")


def test_a_type_that_no_rule_judges_is_a_finding():
    assert told(cloudflare("webAnalyticsSite"), {}, "meta-type-covered")
    assert told("docker:index/plugin:Plugin", {}, "meta-type-covered")


@pytest.mark.parametrize("kind", [*UNCOVERED, R2_MANAGED_DOMAIN, "aws:s3/bucket:Bucket"])
def test_a_type_that_is_judged_reviewed_or_of_others_is_none(kind):
    assert not told(kind, {}, "meta-type-covered")


@pytest.mark.parametrize("kind", [*ALIASES, *LEGACY])
def test_a_superseded_type_is_a_finding(kind):
    assert told(kind, {}, "no-legacy-resources")


def test_a_deprecated_twin_is_judged_by_the_rules_of_its_successor():
    props = {"name": "n", "type": "CNAME", "content": "x.example.net", "proxied": False}

    assert told(cloudflare("record"), props, "dns-proxied")


def test_a_rule_id_is_taken_once():
    registry = Registry()
    declare = registry.rule("a", on=(), severity=Severity.LOW, levels=ADVICE, remedy="r")
    declare(says_why)

    with pytest.raises(ValueError, match="'a' is taken"):
        declare(says_why)


def test_a_rule_needs_a_sentence():
    def says_nothing(_: object) -> Findings:
        yield from ()

    with pytest.raises(ValueError, match="no docstring"):
        Registry().rule("a", on=(), severity=Severity.LOW, levels=ADVICE, remedy="r")(says_nothing)
