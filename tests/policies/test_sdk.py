"""Every type and every property that a rule reads exists in the installed SDKs."""

import re

import pytest

from harness.policy_pack import request
from policies import rules
from policies.pack.type_tokens import ALIASES, canonical
from policies.pack.value import Value
from policies.rules.legacy import LEGACY
from policies.rules.meta import UNCOVERED
from tests.policies import sdk
from tests.policies.cases import CASES
from tests.policies.support import analyzer, change

PROVIDERS = ("cloudflare", "docker")
JSON_TEXT = re.compile(r"^(bindings\.json|value|metadata|policies\.resources)\b.*")
OWN = ("pulumi:", "chittyos:")
TYPES = sorted(
    {kind for rule in rules.REGISTRY for kind in rule.types or ()}
    | {*ALIASES, *ALIASES.values(), *LEGACY, *UNCOVERED}
)


def of_a_provider(kind):
    return not kind.startswith(OWN)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if of_a_provider(kind)])
def test_the_sdk_has_the_type(kind):
    assert kind in sdk.resource_files(kind.split(":")[0])


def test_the_deprecated_twins_are_those_the_sdk_names():
    named = {old: new for p in PROVIDERS for old, new in sdk.deprecated_twins(p).items()}

    assert {old.rsplit(":", 1)[-1]: new.rsplit(":", 1)[-1] for old, new in ALIASES.items()} == named


@pytest.fixture(scope="module")
def read_paths():
    """Type to the paths that rules read of it, over all fixtures."""
    paths: dict[str, set[str]] = {}
    plain = Value.__getitem__

    def tracing(self, key):
        child = plain(self, key)
        path = re.sub(r"\[\d+\]", "", child.path)
        paths.setdefault(self.resource.type, set()).add(path)
        return child

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Value, "__getitem__", tracing)
        for case in CASES:
            server = analyzer({case.rule: case.settings})
            for props in (case.good, *(change(case.good, *each) for each in case.breaks)):
                server.Analyze(request(case.type, props, **case.options), None)
    return paths


JUDGED = sorted({canonical(case.type) for case in CASES if of_a_provider(case.type)})


@pytest.mark.parametrize("kind", JUDGED)
def test_the_sdk_has_every_property_that_rules_read(kind, read_paths):
    asked = sorted({JSON_TEXT.sub(r"\1", path) for path in read_paths.get(kind, ())})
    unknown = [path for path in asked if not sdk.knows(kind, path)]

    assert unknown == []


def test_a_property_that_the_sdk_lacks_is_noticed():
    assert sdk.knows("cloudflare:index/r2BucketCors:R2BucketCors", "rules.allowed.origins")
    assert not sdk.knows("cloudflare:index/r2BucketCors:R2BucketCors", "rules.allowed.origin")
    assert not sdk.knows("docker:index/container:Container", "privilege")
