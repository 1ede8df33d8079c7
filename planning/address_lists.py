"""Lists of addresses that rules of all zones of an account know by one name: `ip.src in $name`.

Sources: the page of custom lists in the documentation of Cloudflare's WAF (what an item may be),
its table of availability (how many lists a plan has), and Cloudflare's own parser (what a name is).
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planning.plans import ZONE_PLANS, ZonePlan
from planning.refusals import RefusedError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAME = re.compile(r"[a-z0-9_]{1,50}")
MOST_ADDRESSES = 10_000
"""Addresses that all lists of an account hold together; the Enterprise plan has more."""

LISTS: Mapping[ZonePlan, int] = {"free": 1, "pro": 10, "business": 10, "enterprise": 1000}
"""Lists that an account has, by the largest plan among its zones."""

WIDEST = {4: 8, 6: 12}
"""Shortest prefix that a network may have, by its version of IP."""


@dataclass(frozen=True)
class AddressList:
    """One list. Rules that have another one of this name mean this one."""

    name: str
    """Name in the account: lower case, digits and `_`."""

    addresses: tuple[str, ...]
    """Addresses and networks."""

    description: str
    """What it is there for, for people."""


def check_name(name: str) -> str:
    """Give the name of a list back, or refuse what Cloudflare's parser would not read."""
    if not NAME.fullmatch(name):
        raise RefusedError("it is no name of a list: that has a-z, 0-9 and _, 1 to 50 of them")
    return name


def check_address(text: str) -> str:
    """Give an address or a network back as Cloudflare keeps it, or refuse it."""
    try:
        network = ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise RefusedError(
            f"{text!r} is no address or network; write 203.0.113.7 or 203.0.113.0/24"
        ) from None
    widest = WIDEST[network.version]
    if network.prefixlen < widest:
        raise RefusedError(
            f"{text!r} is wider than /{widest}, the widest network of IPv{network.version} that a "
            f"list takes; name smaller ones"
        )
    return str(network).removesuffix(f"/{network.max_prefixlen}")


def check_addresses(addresses: Iterable[str]) -> tuple[str, ...]:
    """Give *addresses* back as Cloudflare keeps them, or refuse one of them."""
    kept = [check_address(each) for each in addresses]
    if twice := sorted({each for each in kept if kept.count(each) > 1}):
        raise RefusedError(f"has {', '.join(twice)} more than once; name each address once")
    if len(kept) > MOST_ADDRESSES:
        raise RefusedError(
            f"are {len(kept):,}, and the lists of an account hold {MOST_ADDRESSES:,}; name networks"
        )
    return tuple(kept)


def merge(wanted: Iterable[AddressList], plans: Iterable[ZonePlan]) -> tuple[AddressList, ...]:
    """Return the lists that rules bring along, each once, in order of their names.

    *plans* are those of the account's zones. Raises `RefusedError` for two lists of one name and
    for more than the account has.
    """
    lists: dict[str, AddressList] = {}
    for each in wanted:
        if lists.setdefault(each.name, each) != each:
            raise RefusedError(
                f"two rules bring along a list {each.name} with other addresses each; name one of "
                f"them otherwise"
            )
    _check_plan(lists, max(plans, key=ZONE_PLANS.index, default="free"))
    return tuple(lists[name] for name in sorted(lists))


def _check_plan(lists: Mapping[str, AddressList], plan: ZonePlan) -> None:
    if len(lists) > LISTS[plan]:
        raise RefusedError(
            f"the {plan} plan has {LISTS[plan]} lists of addresses an account, and {len(lists)} "
            f"are wanted ({', '.join(sorted(lists))}); leave some out, or change the plan"
        )
    held = sum(len(each.addresses) for each in lists.values())
    if plan != "enterprise" and held > MOST_ADDRESSES:
        raise RefusedError(
            f"the lists of an account hold {MOST_ADDRESSES:,} addresses on the {plan} plan, and "
            f"{held:,} are wanted ({', '.join(sorted(lists))}); name networks"
        )
