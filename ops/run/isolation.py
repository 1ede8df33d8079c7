"""Whether a stack of a pull request stands by itself: nothing of it is kept or shared.

It is proved over the states of the stacks on one local Cloudflare: the whole state of the one,
outputs and what is encrypted included, against what the others keep data in.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.json_types import Json
from common.wire_marks import SIGNATURE
from ops.engine.process import pulumi
from ops.engine.resources import STATEFUL, describe, short_type, urn_type
from ops.errors import OpsError
from ops.preview import untrusted_text
from ops.stack import local_integrity
from ops.stack.session import Session

NAMED = {"Queue": "queueName", "R2Bucket": "name", "Worker": "name", "WorkersScript": "scriptName"}
"""Types that others reach by a name, and the input that has it."""

ID = re.compile(
    r"(?<![0-9a-f-])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f-])"
)
"""An id as Cloudflare makes them: no two things have the same, wherever it stands."""

PLAINTEXT = "plaintext"
"""What the engine calls the value of a secret that it was told to show."""

Resources = Sequence[Json]


def prove(session: Session) -> str:
    """Return in a sentence what was compared; raise `OpsError` where the stack is not by itself."""
    name = session.target.name
    others = dict(_others(session))
    own = _in_the_clear(session)
    if faults := list(find(own, others)):
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise OpsError(
            f"{name} is up, and does not stand by itself:\n{listed}\ntake that out of "
            f"Pulumi.{name}.yaml and run this again, or: python -m ops destroy {name}"
        )
    beside = ", ".join(sorted(others)) or "no other stack, for there is none"
    count = sum(map(_is_real, own))
    return f"{name} stands by itself: none of {count} resources is kept, or shared with {beside}"


def find(own: Resources, others: Mapping[str, Resources]) -> Iterator[str]:
    """Yield what of a stack is kept when it ends, and what it shares with *others*.

    *own* and *others* are resources as a state has them, secrets of *own* in the clear. What is
    shared is the same thing of the account, or a place in which another stack keeps data.
    """
    real = [each for each in own if _is_real(each)]
    for each in real:
        if each.get("protect") or each.get("retainOnDelete"):
            yield f"{_called(each)} is protected, or stays in the account when the stack ends"
    yield from _the_same(real, others)
    yield from _led_to(own, others)


def _the_same(own: Resources, others: Mapping[str, Resources]) -> Iterator[str]:
    known = {
        (each["type"], each["id"]): f"{_called(each)} of {stack}"
        for stack, listed in others.items()
        for each in listed
        if _is_real(each) and each.get("id")
    }
    for each in own:
        if whose := known.get((each["type"], each.get("id"))):
            yield f"{_called(each)} is {whose}"


def _led_to(own: Resources, others: Mapping[str, Resources]) -> Iterator[str]:
    places = {
        place: f"{_called(each)} of {stack}"
        for stack, listed in others.items()
        for each in listed
        for place in _places(each)
    }
    for each in own:
        for part in ("inputs", "outputs"):
            for path, text in _texts(each.get(part), part):
                for whose in _named_in(text, places):
                    yield f"{_called(each)} has {whose} at {untrusted_text.value(path)}"


def _named_in(text: str, places: Mapping[str, str]) -> Iterator[str]:
    """Yield whose place *text* is, and whose id stands in it, in an address or in JSON."""
    found = dict.fromkeys([text, *ID.findall(text)])
    yield from (places[each] for each in found if each in places)


def _places(resource: Json) -> Iterator[str]:
    """Yield by what others reach a resource that keeps data."""
    short = short_type(resource["urn"])
    if short in STATEFUL and _is_real(resource):
        found = (resource.get("id"), (resource.get("inputs") or {}).get(NAMED.get(short, "")))
        yield from (text for text in dict.fromkeys(found) if isinstance(text, str) and text)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text in *value* with its path, those in secrets as well."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict) and SIGNATURE in value:
        yield from _texts(_revealed(value.get(PLAINTEXT)), path)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, f"{path}[{number}]")


def _revealed(plaintext: object) -> Any:
    try:
        return json.loads(plaintext) if isinstance(plaintext, str) else None
    except ValueError:
        return None


def _others(session: Session) -> Iterator[tuple[str, Resources]]:
    for stack in local_integrity.stacks(session.paths):
        if stack == session.target.name:
            continue
        stored = local_integrity.stored(session.paths, stack)
        if stored is None:
            raise OpsError(
                f"the state of {stack} cannot be read, so that nobody knows whether "
                f"{session.target.name} shares anything with it; see python -m ops preview {stack}"
            )
        yield stack, stored.get("resources") or []


def _in_the_clear(session: Session) -> Resources:
    """Return the resources of the stack with its secrets, which no message is to show."""
    command = ["stack", "export", "--show-secrets", "--stack", session.target.name]
    exported = pulumi(session.tools.engine.path, command, cwd=session.paths.root)
    return list((json.loads(exported).get("deployment") or {}).get("resources") or [])


def _is_real(resource: Json) -> bool:
    return bool(resource.get("custom")) and not urn_type(resource["urn"]).startswith("pulumi:")


def _called(resource: Json) -> str:
    return untrusted_text.clean(describe(resource["urn"]))
