"""An error that nobody thought of, without the secrets of this machine."""

import os
import re
from collections.abc import Mapping

from common.errors import crash_report
from ops.paths import Paths

SHORTEST = 8
"""Characters of a secret at least; anything shorter stands in a text by chance."""

_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSPHRASE$|PASSWORD|_KEY")
_SECRET = re.compile(r"chitty_[\w-]{20,}")
"""An API token of the platform, wherever it comes from."""


def sentence(error: Exception, paths: Paths, environ: Mapping[str, str] = os.environ) -> str:
    """Return one sentence about *error* without a secret; it names the file with the traceback.

    Hidden are values of the environment whose names say that they are secret, the secrets that
    `.local` keeps, and API tokens of the platform.
    """
    hidden = (*_of_this_machine(paths, environ), *_SECRET.findall(str(error)))
    return crash_report(error, paths.errors_log, hidden=hidden)


def _of_this_machine(paths: Paths, environ: Mapping[str, str]) -> list[str]:
    found = [value for name, value in environ.items() if _SECRET_NAME.search(name)]
    for file in (paths.passphrase, paths.development_token, paths.cloudflare / "token"):
        try:
            found.append(file.read_text().strip())
        except (OSError, ValueError):
            continue
    return [secret for secret in found if len(secret) >= SHORTEST]
