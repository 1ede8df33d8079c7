"""Approvals in a rule's settings: what somebody allowed, why, until when."""

from collections.abc import Iterable, Mapping

from policies.pack import clock


def approved(approvals: Iterable[Mapping[str, str]], **wanted: str | None) -> bool:
    """Whether an approval that has not expired names all of *wanted*."""
    return any(
        all(approval.get(key) == value for key, value in wanted.items()) and _is_current(approval)
        for approval in approvals
    )


def _is_current(approval: Mapping[str, str]) -> bool:
    expires = clock.day(approval.get("expires"))
    return expires is not None and expires >= clock.today()
