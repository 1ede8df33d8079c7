"""What of a stack ends by itself: service tokens, API tokens and certificates (FW-11, OP-5, PA-10).

Tokens are warned of thirty days before, certificates by the share of their lifetime that is left:
those renew themselves, and the shorter they live the later they do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from common.json_types import Json
from ops.cloudflare_api.answer import Answer
from ops.cloudflare_api.client import Client
from ops.health.certificates import Certificate
from ops.preflight.deploy_token import SOON, moment
from ops.preflight.verdicts import State, Verdict
from planning.exposure.graph import Resource, text


@dataclass(frozen=True)
class Ending:
    """Something that ends, and when."""

    subject: str
    ends: datetime
    next: str
    """What renews it."""

    begins: datetime | None = None
    """Since when it holds. Given for what is judged by the share of its lifetime."""

    def verdict(self, now: datetime) -> Verdict:
        """Say whether it holds at *now*, and for how long."""
        day = self.ends.date().isoformat()
        if self.ends <= now:
            return Verdict(self.subject, State.FAULT, f"it ended on {day}", self.next)
        if self.begins is not None:
            certificate = Certificate(self.begins.timestamp(), self.ends.timestamp())
            said = certificate.overdue(now.timestamp())
        else:
            days = (self.ends - now).days
            said = f"it ends in {days} days, on {day}" if self.ends - now < SOON else ""
        if said:
            return Verdict(self.subject, State.WARNING, said, self.next)
        return Verdict(self.subject, State.GOOD, f"until {day}")


Read = Callable[[Json, Resource, str], Iterator[Ending]]


@dataclass(frozen=True)
class Kind:
    """A type of resource that ends: where the API has it, and how that is read."""

    path: str
    what: str
    right: str
    read: Read


def judge(
    api: Client,
    account: str,
    resources: Sequence[Resource],
    stack: str,
    now: datetime | None = None,
) -> Iterator[Verdict]:
    """Say of everything among *resources*, the state of *stack*, how long it holds.

    *now*: default, the present.
    """
    present = now or datetime.now(UTC)
    for resource in resources:
        kind = KINDS.get(resource.short)
        if kind is None or not resource.id:
            continue
        zone = text(resource.inputs.get("zoneId"))
        path = kind.path.format(account=account, zone=zone, id=resource.id.rpartition("/")[2])
        yield from _judged(api.get(path), kind, resource, stack, present)


def _judged(
    answer: Answer, kind: Kind, resource: Resource, stack: str, now: datetime
) -> Iterator[Verdict]:
    subject = f"{kind.what} {resource.own_name}"
    if answer.good and isinstance(answer.result, dict):
        yield from (each.verdict(now) for each in kind.read(answer.result, resource, stack))
    elif answer.status == httpx.codes.NOT_FOUND:
        said = "the state has it and the account does not"
        yield Verdict(subject, State.WARNING, said, f"python -m ops drift {stack}")
    else:
        said = f"when it ends is not shown to the token ({answer.reason}), which needs {kind.right}"
        yield Verdict(subject, State.UNKNOWN, said)


def _service_token(found: Json, resource: Resource, _stack: str) -> Iterator[Ending]:
    ends = moment(found.get("expires_at"))
    if ends:
        renew = (
            "refresh it, which keeps its secret: Zero Trust, Access controls, Service credentials"
        )
        yield Ending(f"service token {resource.own_name}", ends, renew)


def _api_token(found: Json, resource: Resource, stack: str) -> Iterator[Ending]:
    ends = moment(found.get("expires_on"))
    if ends:
        renew = f"give it a later end in Pulumi.{stack}.yaml, then python -m ops up {stack}"
        yield Ending(f"API token {resource.own_name}", ends, renew)


def _certificate(found: Json, resource: Resource, _stack: str) -> Iterator[Ending]:
    """Yield the certificate of a pack that ends first; there is none before it is validated."""
    listed = [each for each in found.get("certificates") or [] if isinstance(each, Mapping)]
    times = [(moment(each.get("expires_on")), moment(each.get("uploaded_on"))) for each in listed]
    known = [(ends, begins) for ends, begins in times if ends and begins and begins < ends]
    if known:
        ends, begins = min(known)
        hosts = ", ".join(map(str, found.get("hosts") or ())) or resource.own_name
        renew = "see which validation it waits for (SSL/TLS, Edge Certificates)"
        yield Ending(f"certificate {hosts}", ends, renew, begins)


KINDS = {
    "ZeroTrustAccessServiceToken": Kind(
        "/accounts/{account}/access/service_tokens/{id}",
        "service token",
        "Access: Service Tokens Read",
        _service_token,
    ),
    "AccountToken": Kind(
        "/accounts/{account}/tokens/{id}", "API token", "Account API Tokens Read", _api_token
    ),
    "CertificatePack": Kind(
        "/zones/{zone}/ssl/certificate_packs/{id}",
        "certificate",
        "SSL and Certificates Read",
        _certificate,
    ),
}
"""Types of resources that end by themselves, without their module."""
