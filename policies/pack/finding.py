"""What a rule found: where, and what is wrong there; no secret of its subject leaves the pack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

REDACTED = "(a secret)"
SHORTEST = 8
"""A shorter secret is not looked for: it would turn up in ordinary words."""


class Subject(Protocol):
    """A resource, as far as findings and values need to know one."""

    urn: str
    name: str
    property_dependencies: dict[str, tuple[str, ...]]
    """Property to the URNs of the resources that it was computed from."""

    def note_unknown(self, path: str) -> None:
        """Note that a rule wanted to read *path*, which is not known yet."""

    def secrets(self) -> Iterator[str]:
        """Yield the text of every secret that the subject holds."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    *resource* is None where the stack as a whole is meant. *text* never holds a secret's value,
    hash or length. *advice* lowers the rule's level to a warning.
    """

    resource: Subject | None
    text: str
    advice: bool = False


Findings = Iterator[Finding]


def redact(text: str, resource: Subject | None) -> str:
    """Return *text*, whatever a rule wrote in it, without the secrets that *resource* holds."""
    if resource is None:
        return text
    telling = (secret for secret in resource.secrets() if len(secret) >= SHORTEST)
    for secret in sorted(telling, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text
