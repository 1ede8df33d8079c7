"""The one way a decision says no."""

from collections.abc import Iterable

from common.errors import SentenceError


class RefusedError(SentenceError, ValueError):
    """Something the project will not do; the message says what is allowed and what to do.

    A `ValueError` as well, so that pydantic takes it for a problem of the value.
    """


def refuse_all(faults: Iterable[str]) -> None:
    """Raise one error that says all *faults*, a line each; do nothing where there is none."""
    if lines := tuple(faults):
        raise RefusedError("\n".join(lines))
