"""What the edge does for the hosts of a system: the part `edge` of its block."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from config.balancers import Asked
from config.fields import Emails, Positive, Settings, Whole
from planning import expressions, zone_settings
from planning.cache_rules import CREDENTIALS, Credential
from planning.certificates import Authority, Validation
from planning.refusals import RefusedError
from planning.rule_checks import CUSTOM, PERIODS, TIMEOUTS

Minimum = Literal["1.2", "1.3"]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,99}$")]
Reason = Annotated[str, StringConstraints(min_length=8, max_length=400)]


def _expression(text: str) -> str:
    return expressions.check(text, CUSTOM).text


def _path(path: str) -> str:
    begins = path.startswith("/") and "*" not in path.removesuffix("*")
    if not begins or any(each in path for each in '"\\?#% \t'):
        raise RefusedError("is a path such as /v1/mint, or with what follows, as /v1/*")
    return path


def _period(seconds: int) -> int:
    if seconds not in PERIODS:
        raise RefusedError(f"is one of {', '.join(map(str, PERIODS))} seconds")
    return seconds


def _timeout(seconds: int) -> int:
    if seconds not in TIMEOUTS:
        raise RefusedError(f"is one of {', '.join(map(str, TIMEOUTS))} seconds")
    return seconds


class EdgeRule(Settings):
    """A custom rule: requests that it fits do not reach the worker, or are only noted."""

    name: RuleName
    """Name of the rule, never changed: with the system's it is its `ref` at Cloudflare."""

    when: Annotated[str, AfterValidator(_expression)]
    """When it acts, in the Rules language; the hosts of the system are added to it."""

    action: Literal["block", "managed_challenge", "log"] = "block"
    """What happens. Default: block, which answers 403. `log` needs the Enterprise plan."""

    why: Reason
    """What it is there for."""


class EdgeLimit(Settings):
    """A rate limit: what a client asks beyond it is answered 429, in each data centre."""

    name: RuleName
    """Name of the limit, never changed: with the system's it is its `ref` at Cloudflare."""

    path: Annotated[str, AfterValidator(_path)]
    """Path that is counted; a star at its end stands for all below."""

    requests: Positive
    """Requests of one address that are let through in a period."""

    every_host: bool = False
    """Whether that path of every host of the zone is counted: all that the free plan of a zone can.
    Default: only the hosts of the system, which needs the Pro plan."""

    period: Annotated[Whole, AfterValidator(_period)] = 10
    """Seconds that are counted together: 10, 60, 120, 300, 600 or 3600. Default: 10, the only one
    that the free plan of a zone has."""

    timeout: Annotated[Whole, AfterValidator(_timeout)] = 10
    """Seconds that a client then waits, up to a day. Default: 10, all that the free plan has."""

    why: Reason
    """What it is there for."""


class EdgeCache(Settings):
    """A cache rule: what the edge keeps of answers, and for whom."""

    name: RuleName
    """Name of the rule, never changed: with the system's it is its `ref` at Cloudflare."""

    path: Annotated[str, AfterValidator(_path)]
    """Path that it is for; a star at its end stands for all below."""

    cache: bool = True
    """Whether answers may be kept. Default: they may."""

    edge_seconds: Positive | None = None
    """Seconds that the edge keeps an answer, whatever it says itself; the free plan of a zone has
    7200 at least, pro 3600. Default: what the answer says."""

    browser_seconds: Annotated[Whole, Field(ge=0)] | None = None
    """Seconds that browsers keep it; 0: only where the answer says so itself. Default: what the
    answer says."""

    bypass: tuple[Credential, ...] = CREDENTIALS
    """Headers of a request by which its answer is neither kept nor taken from what is kept.
    Default: both; leaving one out takes `for_everyone`."""

    for_everyone: Reason | None = None
    """Why an answer that was asked with credentials or cookies may be given to all. Default: it may
    not."""

    why: Reason
    """What it is there for."""

    @model_validator(mode="after")
    def _declared(self) -> "EdgeCache":
        lacks = [header for header in CREDENTIALS if header not in self.bypass]
        if self.cache and lacks and self.for_everyone is None:
            raise RefusedError(
                f"keeps answers to requests with {' and '.join(lacks)} and gives them to all; "
                f"leave bypass as it is, or say in for_everyone why that may be"
            )
        if not self.cache and (self.edge_seconds or self.browser_seconds is not None):
            raise RefusedError("keeps nothing and says how long; remove the seconds")
        return self


class EdgeHealthCheck(Asked):
    """A health check: Cloudflare asks the host from outside.

    It needs the Pro plan of the zone, and an `interval` under 60 seconds the Business plan; on the
    free plan a worker checks by a schedule of its own.
    """

    name: RuleName
    """Name of the check, never changed: the system's stands before it."""

    fails: Positive = 1
    """Failed checks in a row after which the host counts as unhealthy. Default: 1."""

    emails: Emails = ()
    """Addresses that are told when its health changes. Default: none."""


class EdgeHeader(Settings):
    """A header that every answer gets, in the place of one that it has."""

    name: HeaderName
    """Its name, in lower case."""

    value: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,4096}$")]
    """What it says."""


class EdgeCertificate(Settings):
    """An advanced certificate for the hosts of the system and their zone."""

    authority: Authority = "google"
    """Who issues it: google, lets_encrypt or ssl_com; DigiCert is no longer offered. Default:
    google."""

    validity_days: Positive = 90
    """For how long: 14, 30 or 90 days, of Let's Encrypt 90, which from 2027-02-10 become 64.
    Default: 90."""

    validation: Validation = "txt"
    """How the authority sees that the hosts are ours. Default: by a record in the zone."""


class EdgeTls(Settings):
    """TLS of the hosts of the system, whatever their zone has.

    It needs the add-on Advanced Certificate Manager: `certificate_manager` of the zone's baseline.
    HSTS is a header: `headers`.
    """

    minimum: Minimum = "1.3"
    """Lowest version of TLS that visitors may speak. Default: 1.3."""

    ciphers: tuple[str, ...] = ()
    """Ciphers of TLS 1.2, where the minimum is that. Default: Cloudflare's."""

    certificate: EdgeCertificate | None = None
    """A certificate of its own. Default: that of the zone."""

    @model_validator(mode="after")
    def _fitting(self) -> "EdgeTls":
        zone_settings.check_ciphers(self.ciphers, self.minimum)
        return self


def _once(what: str) -> AfterValidator:
    """Refuse a list in which two have one name; *what* is one of them in words."""

    def check(listed: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [each.name for each in listed]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise RefusedError(f"names {', '.join(twice)} more than once; name each {what} once")
        return listed

    return AfterValidator(check)


class Edge(Settings):
    """What the edge does for the hosts of the system.

    Only the stack that owns the zone may; a development stack beside it (`pr-7`) leaves it out.
    """

    rules: Annotated[tuple[EdgeRule, ...], _once("rule")] = ()
    """Custom rules, in order. Default: none."""

    limits: Annotated[tuple[EdgeLimit, ...], _once("limit")] = ()
    """Rate limits, in order. Default: none."""

    cache: Annotated[tuple[EdgeCache, ...], _once("rule")] = ()
    """Cache rules, in order, for hosts that no worker answers: a worker is asked before any cache.
    Default: none."""

    headers: Annotated[tuple[EdgeHeader, ...], _once("header")] = ()
    """Headers that every answer gets. Default: none."""

    health_checks: Annotated[tuple[EdgeHealthCheck, ...], _once("check")] = ()
    """Health checks of the first host. Default: none."""

    tls: EdgeTls | None = None
    """TLS of the hosts. Default: that of the zone."""
