"""What a rule reads: one place in the properties of a resource.

A value is known, unknown until the update, or absent. Every question below answers "no" for an
unknown value and notes that it was asked: no rule fires on a guess, none passes in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from common.credential_values import looks_like
from common.credentials import is_credential_name
from policies.pack import wire
from policies.pack.finding import Finding, Subject

LABEL = re.compile(r"bindings\[\d+\]\.(?:name|type|className)=\w+")
MAX_SHOWN = 60
MAX_DEPTH = 12
MAX_LEAVES = 2000
BODIES = frozenset({"content", "contentBase64", "keyBase64", "modules", "bodyPart"})
"""Bodies of programs and keys: long, and checked by rules of their own."""


class Value:
    """One place in a resource's properties, read by `value["key"]` and `value.items()`."""

    __slots__ = ("_is_secret_itself", "_raw", "path", "resource", "secret")

    def __init__(
        self, raw: Any, path: str = "", *, resource: Subject, secret: bool = False
    ) -> None:
        self._raw, self._is_secret_itself = wire.unwrap(raw)
        self.path = path
        self.resource = resource
        self.secret = secret or self._is_secret_itself

    def __getitem__(self, key: str) -> Value:
        """Return what stands under *key*: absent in what is no object, unknown in an unknown."""
        path = f"{self.path}.{key}" if self.path else key
        return self._child(self._raw.get(key) if self._is_object else self._if_unknown(), path)

    def has(self, key: str) -> bool:
        """Whether *key* is written here, whatever stands under it."""
        return self.known and self._is_object and key in self._raw

    def names(self) -> list[str]:
        return list(self._raw) if self.known and self._is_object else []

    def entries(self) -> dict[str, Value]:
        """Return what stands under each key of an object."""
        return {key: self[key] for key in self.names()}

    def items(self) -> list[Value]:
        """Return the elements of a list; none where it is absent or unknown."""
        return self._elements() if self.known and isinstance(self._raw, list) else []

    def _elements(self) -> list[Value]:
        return [self._child(raw, f"{self.path}[{at}]") for at, raw in enumerate(self._raw)]

    @property
    def elements_known(self) -> bool:
        """Whether the list and each element is known, whatever their own leaves are."""
        unknown = [item for item in self.items() if not item.known]
        return self.known and not unknown

    @property
    def known(self) -> bool:
        if wire.is_unknown(self._raw) or self._raw == wire.REDACTED:
            self.resource.note_unknown(self.path)
            return False
        return True

    @property
    def holds_secret(self) -> bool:
        """Return whether the value, or anything in it, is a secret; an unknown one is one too."""
        return self.secret or any(leaf.secret for leaf in self._walk(MAX_DEPTH))

    @property
    def all_known(self) -> bool:
        """Whether nothing in here is unknown: before saying that something is not in here."""
        unknown = [leaf for leaf in self._walk(MAX_DEPTH) if not leaf.known]
        return not unknown

    @property
    def absent(self) -> bool:
        return self.known and self._raw is None

    @property
    def empty(self) -> bool:
        return self.known and self._raw in (None, "", [], {})

    @property
    def present(self) -> bool:
        return self.known and self._raw not in (None, "", [], {})

    @property
    def is_true(self) -> bool:
        return self.known and self._raw is True

    @property
    def is_false(self) -> bool:
        return self.known and self._raw is False

    @property
    def is_not_true(self) -> bool:
        """Whether it is known to be false, absent or no flag at all."""
        return self.known and self._raw is not True

    @property
    def is_not_false(self) -> bool:
        """Whether it is known to be true or absent."""
        return self.known and self._raw is not False

    def equals(self, *options: Any) -> bool:
        return self.known and self._raw in options

    def differs(self, *options: Any) -> bool:
        """Whether the value is known, absent included, and none of *options*."""
        return self.known and self._raw not in options

    def text(self) -> str | None:
        return self._raw if self.known and isinstance(self._raw, str) else None

    def texts(self) -> list[str]:
        """Return the known strings of a list."""
        return [text for item in self.items() if (text := item.text()) is not None]

    def number(self) -> float | None:
        is_number = isinstance(self._raw, int | float) and not isinstance(self._raw, bool)
        return float(self._raw) if self.known and is_number else None

    def listed(self) -> list[Value]:
        """Return the elements of a list, also of one that a provider takes as JSON text."""
        return self.items() if isinstance(self._raw, list) else self.parsed().items()

    def parsed(self) -> Value:
        """Return the JSON written in this string as a value; absent where it is none."""
        try:
            raw = json.loads(self.text() or "null")
        except ValueError:
            raw = None
        return self._child(raw if self.known else self._if_unknown(), self.path)

    def leaves(self) -> Iterator[Value]:
        """Walk to every string, number and flag below, 12 levels deep and 2,000 leaves wide."""
        for count, leaf in enumerate(self._walk(MAX_DEPTH)):
            if count == MAX_LEAVES:
                self.resource.note_unknown(f"{self.path} beyond {MAX_LEAVES} leaves")
                return
            yield leaf

    def everything(self) -> Iterator[Value]:
        """Walk to every leaf without noting what is unknown: no rule checks by this."""
        return self._walk(MAX_DEPTH)

    @property
    def secret_text(self) -> str | None:
        """The text of a known secret, for comparison and never for a message."""
        known = isinstance(self._raw, str) and self._if_unknown() is None
        return self._raw if known and self.secret and not self._is_label else None

    def _walk(self, depth: int) -> Iterator[Value]:
        if isinstance(self._raw, dict | list) and not wire.is_asset(self._raw) and depth:
            for child in self._children():
                yield from child._walk(depth - 1)  # noqa: SLF001
        elif self._raw is not None:
            yield self

    def _children(self) -> list[Value]:
        if isinstance(self._raw, list):
            return self._elements()
        return [self[key] for key in self._raw if key not in BODIES and not key.startswith("__")]

    def problem(self, text: str) -> Finding:
        """State what is wrong here, as the rest of a sentence that starts with the path."""
        return Finding(self.resource, f"{self._place} {text}")

    def advice(self, text: str) -> Finding:
        """State what should be better here: never more than a warning."""
        return Finding(self.resource, f"{self._place} {text}", advice=True)

    @property
    def _place(self) -> str:
        return f"`{self.path}`" if self.path else str(self.resource)

    @property
    def shown(self) -> str:
        """The value as a message may show it: no secret, nothing that looks like a credential."""
        if not self._is_label and self.holds_secret:
            return "a secret"
        if wire.is_unknown(self._raw):
            return "not known yet"
        text = json.dumps(self._raw)
        parts = (text, *text.split('"'))
        if is_credential_name(self.path) or any(looks_like(part, self.path) for part in parts):
            return "a value that looks like a credential"
        return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"

    def __str__(self) -> str:
        return self.shown

    __repr__ = __str__

    def __bool__(self) -> NoReturn:
        raise TypeError("ask a value a question: known, absent, equals(), text() …")

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("compare by equals() or differs(): both know about unknown values")

    __hash__ = object.__hash__

    @property
    def _is_label(self) -> bool:
        """Whether this names a binding, in a list that one secret in it made secret as a whole."""
        return (
            not self._is_secret_itself and LABEL.fullmatch(f"{self.path}={self._raw}") is not None
        )

    @property
    def _is_object(self) -> bool:
        return isinstance(self._raw, dict) and not wire.is_asset(self._raw)

    def _if_unknown(self) -> Any:
        return self._raw if wire.is_unknown(self._raw) or self._raw == wire.REDACTED else None

    def _child(self, raw: Any, path: str) -> Value:
        return Value(raw, path, resource=self.resource, secret=self.secret)
