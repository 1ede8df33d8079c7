"""Inputs of resources as the map may read them: what is secret or not known yet is `None`."""

from typing import Any

from common.wire_marks import SIGNATURE, UNKNOWN

BINDINGS = "bindings"
OF_A_BINDING = frozenset(
    """
    bucketName className databaseId dataset entrypoint id name namespaceId queueName scriptName
    service type
    """.split()  # noqa: SIM905 - names read best as text
)
"""What the map reads of a binding: where it leads. What it carries is left where it is."""


def readable(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return *inputs* without secrets; of bindings only where they lead to.

    One secret seals the whole list of a worker's bindings. A program still has it in hand, and its
    names and references are no secrets; of a state, where it is encrypted, it stays unread.
    """
    return {
        key: _bindings(value) if key == BINDINGS else _plain(value) for key, value in inputs.items()
    }


def _bindings(value: Any) -> list[dict[str, Any]] | None:
    if isinstance(value, dict) and SIGNATURE in value:
        value = value.get("value")
    if not isinstance(value, list):
        return None
    return [
        {key: _plain(part) for key, part in each.items() if key in OF_A_BINDING}
        for each in value
        if isinstance(each, dict)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if SIGNATURE in value:
            return None
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if value == UNKNOWN else value
