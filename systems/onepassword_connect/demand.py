"""What the host of Connect costs every month, whatever it is used for (CC-14)."""

from collections import Counter

from planning.demand import Demand
from planning.docker_engines import is_local
from systems.onepassword_connect.settings import OnePasswordConnect

OWN = "own"


def demand(settings: OnePasswordConnect) -> Demand:
    """Return its servers and the users of 1Password; nothing for a stack without the host."""
    if settings.host is None:
        return Demand()
    servers = Counter(
        f"server.{each.server}"
        for each in settings.machines
        if each.server != OWN and not is_local(each.engine)
    )
    return Demand(fixed={"onepassword.user": settings.expected.users, **servers})
