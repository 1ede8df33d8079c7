"""`adopt`: what an account has already of a stack, and the file that imports it (FW-4)."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from common.files import write_private
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.onboarding import adoption, import_file
from ops.onboarding.adoption import Adoption
from ops.paths import Paths
from ops.preflight import known_resources
from ops.preflight.declared_resources import Declared, declared
from ops.stack.environment import environment_for
from ops.stack.resource_lookup import finder
from ops.stack.target import Target, read_target
from ops.terminal import console
from systems.preconditions import TOKEN

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Default: .local/adopt/STACK.json.", show_default=False
    ),
]


def adopt(stack: StackName, out: Out = None) -> None:
    """Say what of STACK the account has already, and write the file that imports it.

    Changes nothing. `ops up STACK --adopt` takes the same over in one plan.
    """
    paths = Paths()
    target = read_target(paths, stack)
    with console.errors.status(f"looking for what {stack} would find in its account") as shown:
        made = declared(paths, target)
        environment_for(paths, target, None).apply()
        shown.update("asking the account")
        found = _found(paths, target, made)
    if not found.taken:
        console.out.print(f"nothing that {stack} declares is in the account already")
        return
    console.out.print(adoption.table(found.taken))
    for note in adoption.notes(found.taken):
        console.out.print(escape(note))
    _write(out or paths.local / "adopt" / f"{stack}.json", made, found, stack)


def _found(paths: Paths, target: Target, made: Declared) -> Adoption:
    token = os.environ.get(TOKEN)
    if not token or not target.account:
        lacking = TOKEN if not token else f"Pulumi.{target.name}.yaml: chittyos:account"
        raise OpsError(f"{lacking} is not set, so no account can be asked; see ops doctor")
    state = known_resources.resources(paths, target)
    return adoption.adoption(made.resources, state, finder(target.api, token))


def _write(path: Path, made: Declared, found: Adoption, stack: str) -> None:
    if not found.imported:
        console.out.print(
            f"none of it can be imported; python -m ops up {stack} --adopt takes over"
        )
        return
    text = json.dumps(import_file.document(made.resources, found.found), indent=2) + "\n"
    try:
        write_private(path, text)
    except OSError as error:
        raise OpsError(f"--out {path}: {error.strerror}; name a file to write") from None
    console.out.print(
        escape(
            f"wrote {path}: {found.imported} to import; take all of it over by: python -m ops up "
            f"{stack} --adopt, or import it first: pulumi import --stack {stack} --file {path} "
            f"--generate-code=false --protect=false"
        )
    )
