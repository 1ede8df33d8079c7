"""The one way a decision says no."""

from common.errors import SentenceError


class RefusedError(SentenceError, ValueError):
    """Something the project will not do; the message says what is allowed and what to do.

    A `ValueError` as well, so that pydantic takes it for a problem of the value.
    """
