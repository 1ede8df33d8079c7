"""Where copies of Durable Objects are made, as the systems of a stack declare it."""

from collections.abc import Callable

from config import PlatformConfig
from ops.backup.durable_objects import Door
from ops.stack.systems import systems_of
from ops.stack.target import Target


def doors_of(
    target: Target, config: PlatformConfig, secret: Callable[[str], str | None]
) -> list[Door]:
    """Return the doors of all systems of *target*. *secret* reads `system:NAME` in the clear."""
    return [
        Door(
            name=f"{system.name}-{each.class_name}",
            script=each.script,
            class_name=each.class_name,
            url=_address(target, each.host) + each.path,
            host=each.host,
            key=secret(f"{system.name}:{each.secret}") or None,
        )
        for system in systems_of(target)
        for each in system.object_copies(config.blocks[system.name].settings)
    ]


def left_out_of(target: Target, config: PlatformConfig) -> dict[tuple[str, str], str]:
    """Return why no copy is made of what systems of *target* leave out, by script and class."""
    return {
        (each.script, each.class_name): each.why
        for system in systems_of(target)
        for each in system.objects_left_out(config.blocks[system.name].settings)
    }


def _address(target: Target, host: str) -> str:
    """Return where *host* answers: at the edge of the local Cloudflare, or itself."""
    return f"http://127.0.0.1:{target.api_port + 1}" if target.local else f"https://{host}"
