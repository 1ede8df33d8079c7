"""What a rule found: where, and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policies.pack.resource import Resource


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    *resource* is None where the stack as a whole is meant. *text* never holds a secret's value,
    hash or length. *advice* lowers the rule's level to a warning.
    """

    resource: Resource | None
    text: str
    advice: bool = False


Findings = Iterator[Finding]
