"""Whether the account has room for what a stack makes (FW-12)."""

from collections.abc import Iterator, Sequence

from ops.cloudflare_api.client import Client
from ops.preflight.verdicts import State, Verdict
from planning.account_quotas import QUOTAS, Quota, Room
from planning.exposure.graph import Resource
from planning.plans import AccountPlan

SUBJECT = "quotas"
PAGE = 100


def judge(
    api: Client,
    account: str,
    plan: AccountPlan,
    declared: Sequence[Resource],
    known: Sequence[Resource],
) -> Iterator[Verdict]:
    """Say of each quota whether what is declared and not *known* yet has room in it."""
    rooms: list[Room] = []
    for quota in QUOTAS:
        there = count(api, f"/accounts/{account}{quota.path}")
        if there is None:
            said = f"how many {quota.what} there are is not shown to the token"
            yield Verdict(SUBJECT, State.UNKNOWN, said)
            continue
        rooms.append(Room(quota, plan, there, _new(quota, declared, known)))
    for room in rooms:
        if room.is_over:
            yield Verdict(SUBJECT, State.FAULT, room.sentence(), "delete some, or ask for more")
    if within := [room for room in rooms if not room.is_over]:
        yield Verdict(SUBJECT, State.GOOD, f"room for: {', '.join(map(_short, within))}")


def _short(room: Room) -> str:
    return f"{room.new} {room.quota.what} ({room.there} of {room.most:,})"


def _new(quota: Quota, declared: Sequence[Resource], known: Sequence[Resource]) -> int:
    """Count what the stack makes beside what it has; what it gives up is not counted on."""
    had = {each.name for each in known if each.short in quota.types and each.custom}
    wanted = {each.name for each in declared if each.short in quota.types and each.custom}
    return len(wanted - had)


def count(api: Client, path: str) -> int | None:
    """Count a list, by what it says of itself or page by page; `None`: it is not shown."""
    first = api.get(path, {"per_page": str(PAGE), "page": "1"})
    if not first.good:
        return None
    listed = first.rows
    if first.total:
        return max(first.total, listed)
    number, page = 1, first
    while page.cursor or number < page.pages or (not page.pages and page.rows == PAGE):
        number, before = number + 1, page
        place = {"cursor": before.cursor} if before.cursor else {"page": str(number)}
        page = api.get(path, {"per_page": str(PAGE), **place})
        if not page.good:
            return None
        if page.result == before.result:  # a list that knows no pages gives all of it each time
            break
        listed += page.rows
    return listed
