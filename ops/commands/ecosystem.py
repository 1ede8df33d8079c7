"""`ecosystem`: the services that a deployment rests on, asked before it begins (ID-5)."""

import os

from ops.errors import OpsError
from ops.health import ecosystem as services
from ops.terminal import console


def ecosystem() -> None:
    """Ask gateway, id and registry for their health; fails when one of the first two is down.

    They answer where variables say; one that is not set is named. A registry that is down is a
    warning.
    """
    addresses = services.addresses(os.environ)
    with console.errors.status("asking gateway, id and registry"):
        found = services.ask(addresses)
    console.out.print(services.table(found))
    down = [each for each in found if not each.ok]
    for each in down:
        if not each.service.is_needed:
            console.out.print(f"[yellow]warning:[/yellow] the {each.service.name} is down")
    needed = [each.service.name for each in down if each.service.is_needed]
    if needed:
        raise OpsError(f"{' and '.join(needed)} down; deploy when ops ecosystem finds them well")
