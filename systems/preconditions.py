"""What must hold outside the configuration before a single resource is registered."""

import http.client
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from planning.refusals import RefusedError

if TYPE_CHECKING:  # who asks only what runs needs no model of the configuration
    from config import PlatformConfig

TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
BASE_URL = "CLOUDFLARE_BASE_URL"
CONFIGURED = "cloudflare:baseUrl"
PACK = "PULUMI_OPTION_POLICY_PACK"
STATE = "PULUMI_BACKEND_URL"
LOCAL_STATE = "CHITTYOS_LOCAL_STATE"
"""Names where stacks on the local Cloudflare keep their states; `ops` refuses another machine's."""

SECONDS = 1.0
"""How long the local Cloudflare may take to answer."""


def check(
    config: "PlatformConfig", environ: Mapping[str, str] = os.environ, *, dry_run: bool = False
) -> None:
    """Refuse to go on towards the wrong API, or none; *dry_run* is a preview.

    A development stack, and a rehearsal, needs its local Cloudflare to answer; any other stack
    must not be led elsewhere by the environment. A rehearsal is deployed only where its state is
    that of this machine: beside the state of the real stack it would write what is not there.
    Nobody deploys to staging or production without the policies.
    """
    if config.deployment.rehearsal and not (dry_run or _has_state_of_this_machine(environ)):
        raise RefusedError(
            f"a copy of {config.stack} on the local Cloudflare is only previewed beside the state "
            f"of the real one; to deploy the copy: python -m ops up {config.stack}; to deploy the "
            f"real one, remove chittyos:rehearsal and {CONFIGURED}"
        )
    elsewhere = environ.get(BASE_URL)
    if elsewhere and elsewhere.rstrip("/") != config.base_url:
        raise RefusedError(
            f"{BASE_URL} is set and leads away from what the stack is configured for; "
            f'unset it, or use: eval "$(python -m ops env {config.stack})"'
        )
    if not environ.get(TOKEN):
        raise RefusedError(f"{TOKEN} is not set; {_where_a_token_is(config)}")
    if _is_unjudged(config, environ):
        raise RefusedError(
            f"{PACK} is not set, so no policy would judge {config.stack}; "
            f'use: eval "$(python -m ops env {config.stack})", or, where policies are enforced '
            f"elsewhere: pulumi config set chittyos:policyPack external --stack {config.stack}"
        )
    if config.base_url is not None:
        check_running(config.base_url)


def check_running(base_url: str) -> None:
    """Refuse to go on when no local Cloudflare answers at *base_url*."""
    if not _answers(base_url):
        raise RefusedError(
            f"the local Cloudflare is not running (nothing answers at {base_url}); run make start"
        )


def _where_a_token_is(config: "PlatformConfig") -> str:
    """Name the step that is missing: only the local Cloudflare's token is made by a command."""
    if config.base_url is not None:
        return f'use: eval "$(python -m ops env {config.stack})"'
    return (
        f"make an API token of the account at https://dash.cloudflare.com/profile/api-tokens, "
        f"then: export {TOKEN}=<the token>"
    )


def _is_unjudged(config: "PlatformConfig", environ: Mapping[str, str]) -> bool:
    """Whether staging or production would go on past the policies: no flag shows in a program."""
    if config.deployment.environment == "development":
        return False
    return config.deployment.policyPack == "own" and not environ.get(PACK)


def _has_state_of_this_machine(environ: Mapping[str, str]) -> bool:
    """Whether states are those of stacks of the local Cloudflare: in a clone, or as it was told."""
    url = environ.get(STATE, "")
    parts = urlsplit(url)
    own = parts.scheme == "file" and parts.path.endswith("/.local/state")
    return own or bool(url and url == environ.get(LOCAL_STATE))


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    try:
        connection.request("GET", f"{parts.path}/user/tokens/verify")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
