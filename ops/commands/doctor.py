"""`doctor`: what a deployment would stop at, said before anything is sent (FW-11, FW-12)."""

import json

import typer

from ops.commands.options import AsJson, StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.preflight import verdicts
from ops.preflight.doctor import examine
from ops.preflight.verdicts import State
from ops.stack.target import read_target
from ops.terminal import console


def doctor(stack: StackName, *, as_json: AsJson = False) -> None:
    """Say what an `up` of STACK would stop at: token, account, zones, names, secrets, quotas.

    Changes nothing. Fails when there is a fault; what could not be asked is said, and is none.
    """
    paths = Paths()
    target = read_target(paths, stack)
    with console.errors.status(f"examining {stack}") as shown:
        found = list(examine(paths, target, lambda what: shown.update(f"examining {what}")))
    if as_json:
        typer.echo(json.dumps(verdicts.documents(found), indent=2))
    else:
        console.out.print(verdicts.table(found))
    faults = sum(each.state is State.FAULT for each in found)
    if faults:
        count = "1 fault" if faults == 1 else f"{faults} faults"
        raise OpsError(f"{stack} cannot be deployed yet: {count}; nothing was changed")
