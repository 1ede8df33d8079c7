"""One reading of placeholders, names and values of credentials."""

import re
import subprocess
from pathlib import Path

import pytest

from common import credentials
from common.credential_values import is_repeatable, known_form, looks_like
from tests.common import credential_cases as cases

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("text", cases.PLACEHOLDERS)
def test_a_placeholder_is_recognised(text):
    assert credentials.is_placeholder(text)
    assert credentials.is_placeholder(f" {text}\n")


@pytest.mark.parametrize("text", cases.FILLED_IN)
def test_what_somebody_filled_in_is_no_placeholder(text):
    assert not credentials.is_placeholder(text)


@pytest.mark.parametrize("text", cases.WEAK)
def test_what_everybody_guesses_is_weak(text):
    assert credentials.is_weak(text)


@pytest.mark.parametrize("text", cases.STRONG)
def test_what_nobody_guesses_is_not_weak(text):
    assert not credentials.is_weak(text)


@pytest.mark.parametrize("name", cases.CREDENTIAL_NAMES)
def test_a_name_promises_a_credential(name):
    assert credentials.is_credential_name(name)
    assert credentials.is_credential_name(f"bindings[0].{name}[3]")


@pytest.mark.parametrize("name", cases.HARMLESS_NAMES)
def test_a_name_promises_none(name):
    assert not credentials.is_credential_name(name)


@pytest.mark.parametrize("path", cases.CREDENTIAL_FILES)
def test_a_file_holds_credentials_by_its_name(path):
    assert credentials.is_credential_file(path)


@pytest.mark.parametrize("path", cases.HARMLESS_FILES)
def test_a_file_holds_none(path):
    assert not credentials.is_credential_file(path)


@pytest.mark.parametrize("case", cases.CREDENTIALS, ids=lambda case: case["is"])
def test_a_credential_is_recognised_by_its_value(case):
    assert looks_like(case["value"], "SETTING") == case["is"]
    assert bool(known_form(case["value"])) == case["known"]


RANDOM = [case["value"] for case in cases.CREDENTIALS if case["is"].startswith("a long random")]
PATHS = [
    "/var/lib/app-data/{}/states",
    "{}/v2/x86_64",
    "/Users/Alice/Build7/{}",
    "b4/worker-0/{}/a",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", RANDOM)
def test_a_credential_is_found_in_a_path_of_folders(path, value):
    assert looks_like(path.format(value), "SETTING").startswith("a long random")
    assert not is_repeatable(path.format(value))
    assert not is_repeatable(f"a text: {value}: it")
    assert looks_like(path.format("releases"), "SETTING") == ""


@pytest.mark.parametrize("case", cases.PUBLIC, ids=lambda case: case["why"])
def test_what_is_public_passes(case):
    assert looks_like(case["value"], case["name"]) == ""
    assert not credentials.is_placeholder(case["value"])
    assert not credentials.is_credential_name(case["name"])


@pytest.mark.parametrize(
    "case", [c for c in cases.CREDENTIALS if c["known"]], ids=lambda c: c["is"]
)
def test_a_known_form_is_found_within_a_text_and_under_any_name(case):
    if case["is"] != "a JSON Web Token":
        assert looks_like(f'run "{case["value"]}" now', "PUBLIC_AUD")


LONG = 5_000


UNITS = ["a", "1", "a-", "a_", "a.", "x", "your-", "A", "a=", "a:", "://", "="]


@pytest.mark.parametrize("unit", UNITS)
def test_long_texts_are_read_in_one_go(unit):
    text = unit * (LONG // len(unit)) + "!"
    steps = [credentials.is_placeholder, credentials.is_weak, credentials.is_credential_name]

    assert all(isinstance(step(text), bool) for step in steps)
    assert isinstance(looks_like(text), str)


MADE_UP = {
    "tests/config/test_base_url.py": "an address with user information has to be refused",
    "tests/policies/cases/bindings.py": "an address with a password has to be found",
}
"""Tracked files with a value of a known form that is no secret, and why it has to stand there."""


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]


PRIVATE_JWK = re.compile(r'"d": ?"[\w-]{40}')
"""The private part of a key, as JSON Web Keys have it."""


def test_no_tracked_file_holds_a_private_key_as_json():
    for name in tracked():
        assert not PRIVATE_JWK.search((ROOT / name).read_text("utf-8", "replace")), name


def test_no_tracked_file_holds_a_credential_of_a_known_form():
    texts = {name: (ROOT / name).read_text("utf-8", "replace") for name in tracked()}
    found = {name for name, text in texts.items() if any(map(known_form, text.splitlines()))}

    assert len(texts) > 500
    assert found == set(MADE_UP)
