"""Which versions of its workers a stack has deployed, and which of them has to answer where."""

from collections.abc import Iterable, Iterator, Mapping

from common.json_types import Json
from ops.cloudflare_api.client import Client, environment_token
from ops.engine.resources import short_type, urn_type
from ops.errors import OpsError
from ops.stack.target import Target
from planning.routes import route_host

COMPONENT, METADATA = "chittyos:cloudflare:Worker", "version_metadata"
SCRIPTS = {"WorkersScript": "scriptName", "Worker": "name"}
"""Types that are a script of the account, and the input that has its name."""

Shares = dict[str, float]
"""Id of a version → requests of a hundred that it answers."""


def scripts_of(resources: Iterable[Json]) -> list[str]:
    """Return the names of the scripts among *resources*, in their order there."""
    kinds = ((short_type(each["urn"]), each) for each in resources if each.get("custom"))
    return [str(each["inputs"][SCRIPTS[kind]]) for kind, each in kinds if kind in SCRIPTS]


def shares_of(asked: Client, account: str, script: str) -> Shares:
    """Ask which versions of *script* are deployed; none where none is.

    Raises `OpsError` where the API does not say.
    """
    path = f"/accounts/{account}/workers/scripts/{script}/deployments"
    answer = asked.get(path)
    if not answer.good:
        raise OpsError(
            f"what is deployed of {script} is not known: the API answers {answer.reason}; the "
            f"token needs Workers Scripts: Read"
        )
    newest: Json = next(iter((answer.result or {}).get("deployments") or []), {})
    return {str(it["version_id"]): float(it["percentage"]) for it in newest.get("versions", [])}


def proven(
    target: Target, addresses: Iterable[Mapping[str, str]], resources: Iterable[Json]
) -> list[dict[str, str]]:
    """Return *addresses* with the version that has to answer there (`probes.ask_all`).

    One whose worker shares its requests among versions is there once for each. One whose worker
    does not say its version stays as it is. Raises `OpsError` where the API does not say what is
    deployed.
    """
    resources = list(resources)
    told, leads = _telling(resources), dict(_leads(resources))
    scripts = {host: script for host, script in leads.items() if script in told}
    if not scripts:
        return [dict(each) for each in addresses]
    with Client(target.api, environment_token()) as asked:
        known = {
            script: _by_state(resources, script) or shares_of(asked, target.account, script)
            for script in set(scripts.values())
        }
    return [
        made for each in addresses for made in _expected(each, scripts.get(_host(each), ""), known)
    ]


def _expected(
    address: Mapping[str, str], script: str, known: Mapping[str, Shares]
) -> Iterator[dict[str, str]]:
    shares = known.get(script) or {}
    if not shares:
        yield dict(address)
    elif len(shares) == 1:
        yield {**address, "version": next(iter(shares))}
    else:
        yield from ({**address, "version": version, "script": script} for version in shares)


def _host(address: Mapping[str, str]) -> str:
    return address["url"].removeprefix("https://")


def _telling(resources: Iterable[Json]) -> set[str]:
    """Return the scripts that say in their health which version they are."""
    found = (each["inputs"] for each in resources if urn_type(each["urn"]) == COMPONENT)
    return {
        str(inputs["script"])
        for inputs in found
        if any(bound["type"] == METADATA for bound in inputs.get("bindings") or [])
    }


def _leads(resources: Iterable[Json]) -> Iterator[tuple[str, str]]:
    """Yield each host of a worker with its script; a host of its own comes before a route."""
    resources = list(resources)
    for each in resources:
        if short_type(each["urn"]) == "WorkersRoute" and each["inputs"].get("script"):
            yield route_host(each["inputs"]["pattern"]), each["inputs"]["script"]
    for each in resources:
        if short_type(each["urn"]) == "WorkersCustomDomain":
            yield each["inputs"]["hostname"], each["inputs"]["service"]


def _by_state(resources: Iterable[Json], script: str) -> Shares:
    """Return the versions that the stack has deployed of a worker by versions; none of a script."""
    for each in resources:
        inputs = each.get("inputs") or {}
        if short_type(each["urn"]) == "WorkersDeployment" and inputs.get("scriptName") == script:
            return {str(it["versionId"]): float(it["percentage"]) for it in inputs["versions"]}
    return {}
