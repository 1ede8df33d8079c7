"""Compatibility dates and flags of workers: what the runtime takes, and what a date implies."""

from collections.abc import Collection, Sequence
from datetime import date
from difflib import get_close_matches

from planning.implied_flags import IMPLIED
from planning.refusals import RefusedError
from planning.runtime_flags import DEFAULT_SINCE, KNOWN, NEWEST_DATE, OPPOSITE

FIRST_YEAR = 2021
"""Before it there were no compatibility dates."""

_NEVER = "9999-12-31"

LONGEST_FLAG = 80
"""Characters of an unknown flag that a message repeats."""

NODE, NODE_PLAIN = "nodejs_compat", "nodejs_compat_v2"


def check_date(text: str) -> str:
    """Give a compatibility date back, or refuse what is no day as YYYY-MM-DD."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RefusedError("a compatibility date is a day as YYYY-MM-DD") from None
    if day.isoformat() != text or day.year < FIRST_YEAR:
        raise RefusedError(f"a compatibility date is a day as YYYY-MM-DD, from {FIRST_YEAR} on")
    return text


def check_reached(compatibility_date: str, today: date) -> str:
    """Give a date back, or refuse one that is to come or that the pinned runtime does not know."""
    newest = min(NEWEST_DATE, today.isoformat())
    if compatibility_date > newest:
        why = "today" if newest != NEWEST_DATE else "the latest that the pinned workerd runs"
        raise RefusedError(
            f"{compatibility_date!r} is refused: {newest} is {why}; write that day or "
            "an earlier one"
        )
    return compatibility_date


def check_flag(flag: str, compatibility_date: str, beside: Sequence[str] = ()) -> str:
    """Give *flag* back, or refuse it.

    Refused is what the pinned runtime does not know, what *compatibility_date* already implies,
    and what a flag *beside* it turns off.
    """
    _check_known(flag)
    since = DEFAULT_SINCE.get(flag)
    if since is not None and since <= compatibility_date:
        raise RefusedError(
            f"{flag} is the default since {since}, which compatibility date "
            f"{compatibility_date} implies; remove the flag"
        )
    others = [each for each in beside if each != flag]
    if flag in IMPLIED and is_on(flag, compatibility_date, others):
        by = " or ".join(IMPLIED[flag].by)
        raise RefusedError(
            f"{flag} comes with {by} since {IMPLIED[flag].since}, and both hold at compatibility "
            f"date {compatibility_date}; remove the flag"
        )
    if OPPOSITE.get(flag) in beside:
        raise RefusedError(f"{flag} contradicts {OPPOSITE[flag]}, which stands here too; keep one")
    return flag


def is_on(flag: str, compatibility_date: str, flags: Collection[str] = ()) -> bool:
    """Whether the runtime does what *flag* says: by name, by the day, or brought along by another.

    *flags* are those of the worker; one of them may turn it off.
    """
    if flag in flags:
        return True
    if OPPOSITE.get(flag) in flags:
        return False
    if compatibility_date >= DEFAULT_SINCE.get(flag, _NEVER):
        return True
    since, by = IMPLIED.get(flag, (_NEVER, ()))
    return compatibility_date >= since and any(is_on(it, compatibility_date, flags) for it in by)


def has_node(compatibility_date: str, flags: Collection[str] = ()) -> bool:
    """Whether a worker may import the modules of Node.js by their plain names (`buffer`).

    From one day on every worker may; before that with `nodejs_compat`, which had only `node:` names
    at first.
    """
    return is_on(NODE_PLAIN, compatibility_date, flags)


def _check_known(flag: str) -> None:
    if flag not in KNOWN:
        near = get_close_matches(flag, sorted(KNOWN), n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise RefusedError(
            f"{flag[:LONGEST_FLAG]!r} is no compatibility flag that workers on Cloudflare may have "
            f"(workerd that runs {NEWEST_DATE}); {hint}correct or remove it"
        )
