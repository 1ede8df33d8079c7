"""The id of a worker, which the resource of its script does not show."""

from typing import Any

import pulumi

from components.sdk import cloudflare
from planning.refusals import RefusedError


def worker_id(
    script: "cloudflare.WorkersScript", account_id: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Look for the id by which Access knows the worker of *script*, once that is uploaded."""
    listed = cloudflare.get_workers_scripts_output(
        account_id=account_id,
        opts=pulumi.InvokeOutputOptions(parent=parent, depends_on=[script]),
    )
    return pulumi.Output.all(script.script_name, listed.results).apply(lambda both: _find(*both))


def _find(name: str, scripts: list[Any]) -> str:
    for each in scripts:
        if each["id"] == name:
            return str(each["tag"])
    raise RefusedError(f"the account does not list the worker {name}; run the command again")
