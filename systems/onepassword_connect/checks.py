"""What does not fit together in the block of the host of Connect."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.fields import Environment
from config.platform_config import Block
from config.system_declaration import Finding
from planning.docker_engines import is_local
from systems.onepassword_connect.names import NAME
from systems.onepassword_connect.pinned_images import FILE, faults
from systems.onepassword_connect.settings import OnePasswordConnect

if TYPE_CHECKING:
    from config import PlatformConfig

_SHARED = (
    "is in one stack with {}, whose previews would need the Docker host; give it a stack of its "
    f"own (chittyos:systems: [{NAME}])"
)
_NO_CREDENTIALS = (
    "must be set, for host is set; python -m ops secret set {} "
    f"{NAME}.CREDENTIALS < 1password-credentials.json"
)


def check(config: "PlatformConfig", block: Block) -> Iterator[Finding]:
    """Find what is missing, stands without its host, or would bind others to the Docker host."""
    settings: OnePasswordConnect = block.settings
    if settings.host is None:
        yield from _without_host(settings)
        return
    pinned = config.deployment.environment is not Environment.DEVELOPMENT
    yield from _needed(config, block, deployed=pinned)
    yield from _machines(settings)
    for name, fault in faults(settings.images, pinned=pinned):
        at = f"in {FILE.parent.name}/{FILE.name}; write it there, or set it here: "
        yield f"images.{name}", fault if name in settings.images else at + fault
    if pinned and (others := sorted(config.blocks.keys() - {NAME})):
        yield "host", _SHARED.format(", ".join(others))


def _without_host(settings: OnePasswordConnect) -> Iterator[Finding]:
    for name in sorted(settings.model_fields_set - {"host"}):
        yield name, "is set, and host is not, so that nothing is deployed; set host, or remove it"


def _needed(config: "PlatformConfig", block: Block, *, deployed: bool) -> Iterator[Finding]:
    """Find what is missing; on the laptop processes may stand for a machine."""
    settings: OnePasswordConnect = block.settings
    if deployed and not settings.machines:
        yield "machines", "must name a machine, for host is set ({name: first, engine: ssh://…})"
    if settings.team is None:
        yield "team", "must be set, for host is set: what stands before .cloudflareaccess.com"
    if not settings.emails:
        yield "emails", "must be set: service tokens end, and somebody has to be told"
    if block.secrets.CREDENTIALS is None and (deployed or settings.machines):
        yield "CREDENTIALS", _NO_CREDENTIALS.format(config.stack)


def _machines(settings: OnePasswordConnect) -> Iterator[Finding]:
    """Find machines that are one and the same."""
    names = [machine.name for machine in settings.machines]
    engines = [machine.engine for machine in settings.machines]
    for index, machine in enumerate(settings.machines):
        if machine.name in names[:index]:
            yield f"machines[{index}].name", f"is {machine.name} again; name each once"
        if machine.engine in engines[:index]:
            yield f"machines[{index}].engine", "is that of a machine above; name each machine once"
        if machine.known_hosts and is_local(machine.engine):
            yield f"machines[{index}].known_hosts", "is for ssh, and this is a socket; remove it"
