"""What does not fit together in the block of SuperInstance."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.fields import Environment
from config.platform_config import Block
from config.reading.source import SEALED
from config.system_declaration import Finding
from planning import addresses
from planning.refusals import RefusedError
from systems.superinstance.keys import LIVE, SIGNING, TEST
from systems.superinstance.settings import SuperInstance, SuperInstanceSecrets, Sync, Topups

if TYPE_CHECKING:
    from config import PlatformConfig

NOBODYS = (".example", ".test", ".invalid", ".localhost")
"""How names end that nobody can own: look-alikes of the laptop have them."""

VERSION = "/v1"
"""How the paths begin that the router asks of providers."""


def check(config: "PlatformConfig", block: Block) -> Iterator[Finding]:
    """Find keys that would go out in clear, workers asked for in vain, and unfit secrets."""
    settings: SuperInstance = block.settings
    deployment = config.deployment
    in_development = deployment.environment is Environment.DEVELOPMENT
    asked = {
        "router.anthropic_url": settings.router.anthropic_url,
        "router.openai_url": settings.router.openai_url,
        "billing.topups.stripe_url": settings.billing.topups.stripe_url,
    }
    yield from _providers(asked, loopback=in_development)
    yield from _topups(settings.billing.topups, loopback=in_development)
    yield from _issuer(settings.sync, loopback=in_development or deployment.rehearsal)
    yield from _never_asked(settings)
    yield from _twice(block.secrets)
    if not (in_development or deployment.rehearsal):
        yield from _signing(block.secrets)
        yield from _money(block.secrets, deployment.environment)
    else:
        yield from _real_money(block.secrets)


def _providers(asked: Mapping[str, str], *, loopback: bool) -> Iterator[Finding]:
    """Find an address that a provider's key would go to in clear, or that no API is below."""
    for path, address in asked.items():
        try:
            addresses.check_transport(address, loopback=loopback)
        except RefusedError as error:
            yield path, str(error)
        if address.endswith(VERSION):
            shorter = address.removesuffix(VERSION)
            yield path, f"{address!r} is refused: {VERSION} is added to it; write {shorter}"


def _topups(topups: Topups, *, loopback: bool) -> Iterator[Finding]:
    """Find limits that no amount is within, and pages that Stripe leads nobody to."""
    if topups.least_cents > topups.most_cents:
        yield (
            "billing.topups.least_cents",
            f"{topups.least_cents} is more than most_cents, {topups.most_cents}; lower it",
        )
    for name in ("success_url", "cancel_url"):
        page = getattr(topups, name)
        if page and not (loopback or page.startswith("https://")):
            yield (
                f"billing.topups.{name}",
                f"{page!r} is refused: of real money Stripe leads to https:// alone",
            )


def _issuer(sync: Sync, *, loopback: bool) -> Iterator[Finding]:
    """Find keys of an issuer that come in clear, or that anybody could give."""
    try:
        addresses.check_transport(sync.jwks_url, loopback=loopback)
    except RefusedError as error:
        yield "sync.jwks_url", str(error)
    for name in ("jwks_url", "jwt_issuer"):
        host = urlsplit(getattr(sync, name)).hostname or ""
        if host.endswith(NOBODYS) and not loopback:
            yield (
                f"sync.{name}",
                f"{host} is nobody's, and gives tokens to whoever asks; name your own issuer",
            )


def _never_asked(settings: SuperInstance) -> Iterator[Finding]:
    """Find a schedule or a route: the workers answer at their hosts, and run when asked."""
    for name in ("router", "billing", "session_state", "sync"):
        block = getattr(settings, name)
        worker = block.worker
        if worker.crons:
            yield (
                f"{name}.worker.crons",
                "is refused: the worker does nothing by a schedule; remove it",
            )
        if worker.routes:
            yield (
                f"{name}.worker.routes",
                f"is refused: it answers {_where(name, block)}; remove it",
            )


def _where(name: str, block: object) -> str:
    return f"at {name}.host alone" if hasattr(block, "host") else "other workers alone"


def _twice(secrets: SuperInstanceSecrets) -> Iterator[Finding]:
    """Find a value that stands under two names: what knows one would know the other."""
    seen: dict[str, str] = {}
    for name, secret in secrets:
        value = secret.get_secret_value() if secret else SEALED
        if value == SEALED:
            continue
        if value in seen:
            yield name, f"is the same as {seen[value]}; {_instead(name)}"
        seen[value] = name


def _instead(name: str) -> str:
    previous = name.endswith("_PREVIOUS")
    return "give the one before it, or none" if previous else "give each its own"


def _signing(secrets: SuperInstanceSecrets) -> Iterator[Finding]:
    """Find a secret that Stripe has not made: no payment would ever be taken."""
    for name in ("STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET_PREVIOUS"):
        secret = getattr(secrets, name)
        value = secret.get_secret_value() if secret else SEALED
        if value != SEALED and not value.startswith(SIGNING):
            yield (
                name,
                (
                    f"is no secret that Stripe signs with: that begins with {SIGNING}; its "
                    "dashboard shows it with the endpoint (value not shown)"
                ),
            )


def _money(secrets: SuperInstanceSecrets, environment: Environment) -> Iterator[Finding]:
    """Find a key of the other kind of money: what is paid by it would never be credited."""
    value = secrets.STRIPE_SECRET_KEY.get_secret_value() if secrets.STRIPE_SECRET_KEY else SEALED
    wanted = LIVE if environment is Environment.PRODUCTION else TEST
    if value != SEALED and not value.startswith(wanted):
        yield (
            "STRIPE_SECRET_KEY",
            (
                f"is no key of Stripe for {environment}, whose keys begin with "
                f"{' or '.join(wanted)}; its dashboard shows them (value not shown)"
            ),
        )


def _real_money(secrets: SuperInstanceSecrets) -> Iterator[Finding]:
    """Find a key of real money where none moves: whatever it is shown to, learns it."""
    key = secrets.STRIPE_SECRET_KEY
    if key and key.get_secret_value().startswith(LIVE):
        yield "STRIPE_SECRET_KEY", "is for real money; set one for test money, or none"
