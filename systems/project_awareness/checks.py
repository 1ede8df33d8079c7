"""What does not fit together in the block of Project Awareness."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.fields import Environment
from config.platform_config import Block
from config.system_declaration import Finding
from planning import addresses
from planning.origins import EVERYBODY
from planning.refusals import RefusedError
from planning.routes import parse_route
from systems.project_awareness.names import SHARED_PATH
from systems.project_awareness.settings import ProjectAwareness
from systems.project_awareness.watcher_settings import EVERY_MINUTE, Alerts, Watch

if TYPE_CHECKING:
    from config import PlatformConfig


def check(config: "PlatformConfig", block: Block) -> Iterator[Finding]:
    """Find what is for development or staging alone, and what the worker would not understand."""
    settings: ProjectAwareness = block.settings
    environment = config.deployment.environment
    loopback = environment is Environment.DEVELOPMENT
    if environment is Environment.PRODUCTION:
        # A rehearsal has every secret that can be made; what it says of pages holds there too.
        keyed = None if config.deployment.rehearsal else block.secrets.LOAD_TEST_KEY
        yield from _not_in_production(settings, has_key=keyed is not None)
    yield from _pages(settings, loopback=loopback)
    yield from _services(settings, loopback=loopback)
    yield from _routes(settings)
    yield from _ages(settings)
    yield from _sockets(settings)
    if settings.watch:
        yield from _watch(settings.watch)
        yield from _others(settings.watch, settings.host, loopback=loopback)
        yield from _alerts(settings.watch.alerts)


def _not_in_production(settings: ProjectAwareness, *, has_key: bool) -> Iterator[Finding]:
    if EVERYBODY in settings.cors_origins:
        yield "cors_origins", "has *, which is every page there is; name the pages"
    if has_key:
        yield "LOAD_TEST_KEY", "lifts limits, and production has them at all times; remove it"


def _pages(settings: ProjectAwareness, *, loopback: bool) -> Iterator[Finding]:
    for index, origin in enumerate(settings.cors_origins):
        if origin == EVERYBODY and len(settings.cors_origins) > 1:
            yield f"cors_origins[{index}]", "is every page; leave the others out, or this one"
        elif origin != EVERYBODY:
            try:
                addresses.check_page(addresses.check_origin(origin), loopback=loopback)
            except RefusedError as error:
                yield f"cors_origins[{index}]", str(error)


def _services(settings: ProjectAwareness, *, loopback: bool) -> Iterator[Finding]:
    for name, address in settings.services:
        try:
            addresses.check_transport(address, loopback=loopback)
        except RefusedError as error:
            yield f"services.{name}", str(error)


def _routes(settings: ProjectAwareness) -> Iterator[Finding]:
    for index, pattern in enumerate(settings.worker.routes):
        route = parse_route(pattern)
        if route.any_host or route.path != SHARED_PATH or not route.any_path:
            yield (
                f"worker.routes[{index}]",
                (
                    f"{pattern!r} is refused: on a host of others the worker answers below "
                    f"{SHARED_PATH}; write api.chitty.cc{SHARED_PATH}*, with that host"
                ),
            )


def _ages(settings: ProjectAwareness) -> Iterator[Finding]:
    ages = settings.project_data
    if ages.infrequent_after_days >= ages.delete_after_days:
        yield (
            "project_data.infrequent_after_days",
            (
                f"{ages.infrequent_after_days} is refused: objects are deleted after "
                f"{ages.delete_after_days} days, so none would go to Infrequent Access; set less"
            ),
        )


def _sockets(settings: ProjectAwareness) -> Iterator[Finding]:
    limits = settings.limits
    if limits.sockets_open < limits.sockets_burst:
        yield (
            "limits.sockets_open",
            (
                f"{limits.sockets_open} is refused: {limits.sockets_burst} may be opened at once; "
                f"set as many or more, or less in sockets_burst"
            ),
        )


def _watch(watch: Watch) -> Iterator[Finding]:
    if watch.worker.crons != (EVERY_MINUTE,):
        yield (
            "watch.worker.crons",
            f"is refused: alerts are judged each minute; leave it out, or write {EVERY_MINUTE!r}",
        )
    for index, pattern in enumerate(watch.worker.routes):
        yield f"watch.worker.routes[{index}]", f"{pattern!r} is refused: the watcher has no address"


def _others(watch: Watch, host: str, *, loopback: bool) -> Iterator[Finding]:
    for index, origin in enumerate(watch.other_origins):
        path = f"watch.other_origins[{index}]"
        try:
            addresses.check_transport(origin, loopback=loopback)
        except RefusedError as error:
            yield path, str(error)
        if origin == f"https://{host}":
            yield path, f"{origin!r} is the host itself, which is checked in any case; remove it"
        elif origin in watch.other_origins[:index]:
            yield path, f"{origin!r} is named more than once; name it once"


def _alerts(alerts: Alerts) -> Iterator[Finding]:
    """Find a warning that comes after the page it should come before, and a name given twice."""
    warn, page = alerts.errors_warn_percent, alerts.errors_page_percent
    if warn > page:
        yield (
            "watch.alerts.errors_warn_percent",
            f"{warn} is refused: errors page somebody above {page} already; set that or less",
        )
    if len(set(alerts.to)) < len(alerts.to):
        yield "watch.alerts.to", "names one more than once; name each once"
