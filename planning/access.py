"""Who may pass Access: policies that mean what they say, and the places that they guard.

Facts: Cloudflare's documentation of Access, 2026-11 (policies, application paths, service tokens).
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from planning.names import HOST
from planning.notifications import check_email
from planning.refusals import RefusedError, refuse_all

Decision = Literal["allow", "deny", "non_identity", "bypass"]

Authenticator = Literal["totp", "biometrics", "security_key"]
"""What somebody can prove beside the login."""

TOKEN_ALERT = "expiring_service_token_alert"  # noqa: S105 - the type of a notification
LONGEST_TOKEN_HOURS = 8760
"""A year: a token that lasts longer is one that nobody knows any more when it ends."""

LONGEST_SESSION_HOURS = 24
MOST_WILDCARDS = 1
"""Stars between two dots of a host, or two slashes of a path."""

_HOURS = re.compile(r"([1-9]\d{0,6})h")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_HOST_LABEL = re.compile(r"[a-z0-9_*-]{1,63}")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()+,;=:@%/*-]*")


@dataclass(frozen=True)
class Who:
    """Selectors of one side of a policy.

    One of them is enough to `include` or `exclude`; to `require`, all are needed.
    """

    emails: tuple[str, ...] = ()
    email_domains: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    service_tokens: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    any_service_token: bool = False
    everyone: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Who()

    @property
    def names_machines(self) -> bool:
        return bool(self.service_tokens) or self.any_service_token

    @property
    def names_people(self) -> bool:
        return bool(self.emails or self.email_domains or self.groups)


@dataclass(frozen=True)
class Policy:
    """A reusable policy: *decision* for whom it includes, unless excluded or lacking a need."""

    name: str
    decision: Decision
    include: Who
    require: Who = Who()
    exclude: Who = Who()


def check_policy(policy: Policy) -> None:
    """Refuse a policy that admits whom nobody meant. Raises `RefusedError` with every fault."""
    refuse_all(f"policy {policy.name}: {fault}" for fault in _faults(policy))


def check_token_duration(duration: str) -> str:
    """Return *duration*, whole hours up to a year (`8760h`). Raises `RefusedError` for others."""
    hours = _HOURS.fullmatch(duration)
    if not hours or int(hours[1]) > LONGEST_TOKEN_HOURS:
        raise RefusedError(
            f"{duration!r} is no time that a token may last; give whole hours up to a year "
            f"({LONGEST_TOKEN_HOURS}h)"
        )
    return duration


def seconds_of(duration: str) -> float:
    """Return the seconds of a duration as Access writes it (`1h30m`). Raises `RefusedError`."""
    if not _DURATION.fullmatch(duration):
        raise RefusedError(f"{duration!r} is no duration such as 24h or 2h45m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(duration))


def check_email_domain(domain: str) -> str:
    """Return *domain*, what stands behind the @ of addresses. Raises `RefusedError`."""
    if "@" in domain:
        raise RefusedError("a domain of mail addresses is written without the @ (chitty.cc)")
    try:
        check_email(f"somebody@{domain}")
    except RefusedError:
        raise RefusedError(f"{domain!r} is no domain that mail reaches (chitty.cc)") from None
    return domain


def check_address(address: str) -> str:
    """Return *address* as a network, one host with its /32. Raises `RefusedError`.

    The API adds the prefix itself; without it here every preview would show a change.
    """
    try:
        return str(ipaddress.ip_network(address))
    except ValueError:
        raise RefusedError(
            f"{address!r} is no address or network (203.0.113.0/24, bits behind the prefix zero)"
        ) from None


def check_place(place: str) -> str:
    """Return *place*, a host, maybe with a path (`a.chitty.cc/admin`). Raises `RefusedError`."""
    host, _, path = place.partition("/")
    refuse_all(f"{place!r} is no place that Access guards: {fault}" for fault in _misplaced(host))
    if "/" in place:
        check_path(f"/{path}")
    return place


def check_path(path: str) -> str:
    """Return *path*, which stands for itself and all below it, stars for anything.

    `/admin/*` is all below `/admin` without itself. Raises `RefusedError`.
    """
    if not _PATH.fullmatch(path) or any(mark in path for mark in ("//", "/./", "/../", "%")):
        raise RefusedError(f"{path!r} is no path such as /admin or /v1/tokens/*")
    if any(part.count("*") > MOST_WILDCARDS for part in path.split("/")):
        raise RefusedError(f"{path!r} has two stars between slashes; Access takes one")
    return path


def check_policies(policies: Sequence[str], what: str) -> None:
    """Refuse *what* without a policy, or with one of them twice: each has a precedence."""
    if not policies:
        raise RefusedError(f"{what} has no policy, which lets nobody in; name one")
    if twice := sorted({each for each in policies if policies.count(each) > 1}):
        raise RefusedError(f"{what} names {', '.join(twice)} twice; a policy has one precedence")


def _misplaced(host: str) -> Iterator[str]:
    if "*" not in host:
        try:
            HOST.check(host)
        except RefusedError as error:
            yield str(error)
        return
    labels = host.split(".")
    if not all(_HOST_LABEL.fullmatch(label) for label in labels):
        yield "its host has other signs than small letters, digits, dashes and stars"
    if any(label.count("*") > MOST_WILDCARDS for label in labels):
        yield "two stars between dots; Access takes one"
    if any("*" in label for label in labels[-2:]):
        yield "a star in the domain itself"


def _faults(policy: Policy) -> Iterator[str]:
    if policy.include.is_empty:
        yield "includes nobody; name who it is about"
    yield from _all_addresses(policy.include, policy.require)
    yield from _DECISIONS[policy.decision](policy)


def check_factor(decision: str, second_factor: Sequence[str]) -> None:
    """Refuse a *second_factor* of nobody, and one that stands twice. Raises `RefusedError`."""
    if second_factor and decision != "allow":
        raise RefusedError(
            f"second_factor is for people who log in, and decision {decision} asks nobody to; "
            f"remove it"
        )
    if twice := sorted({each for each in second_factor if second_factor.count(each) > 1}):
        raise RefusedError(f"second_factor has {', '.join(twice)} more than once; name it once")


def check_group(include: Who, require: Who) -> Iterator[str]:
    """Yield what is wrong with a group of whom it *include*s, as far as they meet *require*.

    Policies do not see into groups, so that what each must not say, none of its groups may.
    """
    if include.is_empty:
        yield "includes nobody; name who is in the group"
    if include.names_machines:
        yield "is of people; name service tokens in the policies themselves"
    if include.everyone:
        yield "includes everyone; name mails, domains or networks, or say everyone in a policy"
    yield from _all_addresses(include, require)


def _all_addresses(*sides: Who) -> Iterator[str]:
    for address in (address for side in sides for address in side.addresses):
        if ipaddress.ip_network(address, strict=False).prefixlen == 0:
            yield f"{address} is every address; say everyone, or name a network"


def _allowing(policy: Policy) -> Iterator[str]:
    if policy.include.names_machines:
        yield (
            "allows a service token, but `allow` sends everybody to a login page, and no machine "
            "passes that; use decision non_identity"
        )
    if policy.include.everyone and not policy.require.names_people:
        yield "allows everyone; name mails, domains or groups, or require one of these"


def _machines_only(policy: Policy) -> Iterator[str]:
    if not policy.include.names_machines:
        yield "is non_identity and includes no service token; nobody would prove anything"
    if policy.include.names_people or policy.include.everyone:
        yield "is non_identity, where nobody logs in: give people a policy with `allow`"
    if policy.require.names_people:
        yield "is non_identity and requires people, whom it never sees"
    if policy.include.addresses:
        yield "includes addresses beside the token, which is then not needed; move them to require"


def _bypassing(policy: Policy) -> Iterator[str]:
    seen = (policy.include, policy.require, policy.exclude)
    if any(who.names_machines or who.names_people for who in seen):
        yield "is a bypass, which looks at addresses alone; nobody has said who they are there"
    if not (policy.include.addresses or policy.require.addresses):
        yield "is a bypass for everyone, so that nothing is guarded; name addresses"


def _nothing(_policy: Policy) -> Iterator[str]:
    return iter(())


_DECISIONS = {
    "allow": _allowing,
    "deny": _nothing,
    "non_identity": _machines_only,
    "bypass": _bypassing,
}
