"""Secrets that a stack lacks are asked for, made or named one after another, and never shown."""

import json
import re

import pytest

from ops.errors import OpsError
from ops.onboarding.secret_entry import Ways, fill
from ops.paths import Paths
from ops.preflight.missing_secrets import missing
from ops.stack.effective_config import check
from ops.stack.target import Target, read_target
from planning.refusals import RefusedError

TYPED = {
    "R2_ACCESS_KEY_ID": "0123456789abcdef" * 2,
    "R2_SECRET_ACCESS_KEY": "0123456789abcdef" * 4,
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "Ab3" * 12,
}
OTHER = "qUiet-0tter-71-in-the-reeds"


@pytest.fixture(scope="module")
def staging():
    return read_target(Paths(), "staging")


@pytest.fixture(scope="module")
def lacking(staging):
    return missing(Paths(), staging)


@pytest.fixture
def stored():
    return {}


@pytest.fixture
def shown():
    return []


@pytest.fixture
def filled(staging, lacking, stored, shown):
    """Return a function that fills what is lacking and returns what was said."""

    def run(ask=None, **options):
        ways = Ways(ask, stored.__setitem__, shown.append, **options)
        return list(fill(staging, lacking, ways))

    return run


def typed(question):
    """Answer what nobody can make; press Enter for all else."""
    (name,) = re.findall(r"^\w+\.(\w+): ", question)
    return "" if "Enter: one is made" in question else TYPED.get(name, OTHER)


def test_each_that_is_missing_is_set_once_and_nothing_is_missing_then(
    filled, stored, lacking, staging
):
    filled(typed)

    assert list(stored) == [each.key for each in lacking]
    sealed = {key: {"secure": "v1:a"} for key in stored}
    whole = Target("staging", "staging", {**staging.config, **sealed})
    assert missing(Paths(), whole) == []


def test_what_nobody_else_issues_is_made_at_enter_and_shown_where_it_has_to_be(
    filled, stored, shown
):
    said = filled(typed)

    assert len(stored["chittyid:ADMIN_TOKEN"]) == 43
    (entry,) = json.loads(stored["chittyconnect:API_TOKENS"])
    assert (entry["id"], entry["scopes"][0]) == ("first", "sessions:read")
    assert re.fullmatch(
        r"chittyconnect\.API_TOKENS, token 'first', shown this once: chitty_\S{43}", shown[0]
    )
    told = "\n".join(said)
    assert all(value not in told for value in stored.values())
    assert "chittyid.ADMIN_TOKEN: made; to read it: pulumi config get" in said


def test_made_without_a_question_where_that_is_asked_for(filled, stored):
    def only_others(question):
        assert "one is made" not in question
        return typed(question)

    filled(only_others, generate=True)

    assert "superinstance:SERVICE_KEY" in stored


def test_a_reference_is_stored_for_each_by_one_pattern(filled, stored):
    said = filled(reference="op://{stack}/{system}/{name}")

    assert stored["chittyid:ADMIN_TOKEN"] == "op://staging/chittyid/ADMIN_TOKEN"
    assert "chittyid.ADMIN_TOKEN: set to op://staging/chittyid/ADMIN_TOKEN" in said
    assert set(map(type, stored.values())) == {str}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("op://{vault}/a/b", r"cannot be filled in; it takes \{stack\}, \{system\}, \{name\}"),
        ("op://{name.of}/a/b", r"cannot be filled in; it takes \{stack\}"),
        ("op://{name[of]}/a/b", r"cannot be filled in; it takes \{stack\}"),
        ("op://{name/a/b", r"cannot be filled in; it takes \{stack\}"),
        ("vault/{stack}/{name}", r"--reference: does not begin with op://.*nothing was written"),
        ("op:/vault/{stack}/{name}", r"--reference: does not begin with op://"),
        ("op://{stack}", r"chittyconnect\.API_TOKENS: 'op://staging' is no reference"),
    ],
)
def test_a_pattern_that_makes_no_reference_is_refused_before_anything_is_stored(
    filled, stored, pattern, said
):
    with pytest.raises(OpsError, match=said):
        filled(reference=pattern)
    assert stored == {}


def test_a_wrong_value_stops_it_and_is_not_repeated(filled, stored):
    def wrong(question):
        return "too-short" if "R2_ACCESS_KEY_ID" in question else typed(question)

    with pytest.raises(
        OpsError, match=r"chittyconnect\.R2_ACCESS_KEY_ID: .*not written"
    ) as refused:
        filled(wrong)

    assert "too-short" not in str(refused.value)
    assert list(stored) == ["chittyconnect:API_TOKENS"]


def test_what_is_left_out_is_said(filled, stored):
    said = filled(lambda _: "")

    assert "superinstance.OPENAI_API_KEY: left out" in said
    assert "superinstance:OPENAI_API_KEY" not in stored


def test_without_a_terminal_the_command_for_each_is_named(filled):
    command = r"python -m ops secret set staging chittyconnect\.API_TOKENS < FILE"

    with pytest.raises(OpsError, match=command):
        filled()


def test_the_configuration_asks_for_no_more_than_what_was_set(staging, lacking):
    sealed = {each.key: {"secure": "v1:a"} for each in lacking}
    own = {"chittyos:account": "a" * 32}
    zone = {**staging.config["chittyos:zones"][0], "id": "b" * 32, "owner": "staging"}
    whole = {**staging.config, **sealed, **own, "chittyos:zones": [zone]}

    assert check(Paths(), Target("staging", "staging", whole))
    for each in lacking:
        with pytest.raises(RefusedError, match=f"{each.key}: must be set"):
            check(
                Paths(),
                Target("staging", "staging", {k: v for k, v in whole.items() if k != each.key}),
            )
