"""Keys for the place of states: in the environment, or named there by a reference to 1Password."""

import os
from collections.abc import MutableMapping

from config.reading import references
from ops.errors import OpsError
from planning.refusals import RefusedError

NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
)


def follow(environ: MutableMapping[str, str] = os.environ) -> None:
    """Put the secret in the place of each reference (`op://…`) that a variable of `NAMES` holds.

    The engine and its plugins read these variables, and know no references. Raises `OpsError` with
    the variable for one that cannot be read.
    """
    for name in NAMES:
        value = environ.get(name)
        if references.is_reference(value):
            try:
                environ[name] = references.resolve(str(value))
            except RefusedError as error:
                raise OpsError(f"{name}: {error}") from None
