"""Violations as people make them, planted one by one into what is right; a table a subject.

An entry of a table says the rule that has to stop it, the resource it is planted into (one of
`soils.yaml`), the place, words of the sentence, and values, each of which is one violation. `with`
changes the resource before. `(absent)` takes the place away, `(day -3)` is three days ago, and
`(credential)` in a text stands for credentials out of the cases that all are held to.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from policies.pack import type_tokens
from tests.common import credential_cases
from tests.policies.day import ahead
from tests.policies.support import ABSENT, change

HERE = Path(__file__).parent
SUBJECTS = ("storage", "workers", "edge", "access", "containers", "secrets")
CREDENTIAL = "(credential)"
DAY = re.compile(r"\(day (-?\d+)\)")
FORMS = [case["value"] for case in credential_cases.CREDENTIALS if case["known"]]


class Soil(NamedTuple):
    """A resource that is right, into which violations are planted."""

    type: str
    props: dict[str, Any]


class Planted(NamedTuple):
    """A resource with one thing wrong."""

    rule: str
    type: str
    props: dict[str, Any]
    path: str
    value: Any
    says: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.path}-{str(self.value)[:40]}"


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if value == "(absent)":
        return ABSENT
    return DAY.sub(lambda day: ahead(int(day[1])), value) if isinstance(value, str) else value


def _credentials(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        return {key: _credentials(each, secret) for key, each in value.items()}
    if isinstance(value, list):
        return [_credentials(each, secret) for each in value]
    return value.replace(CREDENTIAL, secret) if isinstance(value, str) else value


def _grown(values: list[Any], start: int) -> Iterator[Any]:
    """Yield the values of an entry; what holds a credential four times, each with another one."""
    for at, value in enumerate(values):
        if CREDENTIAL not in str(value):
            yield _filled(value)
            continue
        for n in range(4):
            yield _credentials(value, FORMS[(start + 7 * at + 11 * n) % len(FORMS)])


SOILS = {
    name: Soil(getattr(type_tokens, soil["type"]), _filled(soil["props"]))
    for name, soil in _read("soils").items()
}


def table(subject: str) -> list[Planted]:
    """Return the violations of a subject."""
    found = []
    for at, entry in enumerate(_read(subject)):
        soil = SOILS[entry["in"]]
        props = soil.props
        for path, value in entry.get("with", {}).items():
            props = change(props, path, _filled(value))
        for value in _grown(entry["values"], at):
            changed = change(props, entry["at"], value)
            found.append(
                Planted(entry["rule"], soil.type, changed, entry["at"], value, entry["says"])
            )
    return found


def real_life() -> dict[str, Soil]:
    """Return what people really write, by what it is."""
    found = {}
    for entry in _read("real_life"):
        soil = SOILS[entry["in"]]
        props = soil.props
        for path, value in {**entry.get("with", {}), entry["at"]: entry["value"]}.items():
            props = change(props, path, _filled(value))
        found[entry["what"]] = Soil(soil.type, props)
    return found
