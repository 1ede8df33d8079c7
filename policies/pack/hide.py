"""The last look at a message: whatever a rule wrote, no secret of its resource leaves the pack."""

from __future__ import annotations

from collections.abc import Iterator

from policies.pack.resource import Resource
from policies.pack.value import Value

HIDDEN = "(a secret)"
SHORTEST = 8
"""A shorter secret is not looked for: it would turn up in ordinary words."""


def hide_secrets(text: str, resource: Resource | None) -> str:
    """Return *text* without the secrets that *resource* holds."""
    if resource is None:
        return text
    for secret in sorted(_secrets(resource.props), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(props: Value) -> Iterator[str]:
    for leaf in props.everything():
        text = leaf.secret_text
        if text is not None and len(text) >= SHORTEST:
            yield text
