"""The one way a decision says no."""


class RefusedError(ValueError):
    """Something the project will not do; the message says what is allowed and what to do."""
