"""What the live page of the local Cloudflare cannot know by itself: told after an `up`.

The page shows the account as it is, and the account knows neither systems nor what they expect to
cost.
"""

from common.json_types import Json
from config import PlatformConfig
from config.rules import demand
from ops.errors import OpsError
from ops.stack import local_control
from ops.stack.session import Session
from ops.stack.systems import systems_of
from ops.stack.target import Target
from ops.stack_map import deployed_resources
from planning import cost
from planning.exposure.exposure import READ
from planning.exposure.graph import UNPLACED, Graph, Resource
from planning.exposure.model import SystemFacts
from planning.prices import PRICES

PATH = "/local/page/program"


def tell(session: Session) -> bool:
    """Tell the local Cloudflare of *session* what was deployed; return whether it took that.

    It never fails an `up`: a token without the right to tell, or an older local Cloudflare, leaves
    the page without systems.
    """
    if session.configuration is None:
        return False
    try:
        resources = deployed_resources.of_stack(session.paths, session.target)
        told = program(session.target, session.configuration, resources)
        local_control.ask(session.target, "PUT", PATH, json=told)
    except OpsError:
        return False
    return True


def program(target: Target, configuration: PlatformConfig, resources: list[Resource]) -> Json:
    """Return what the program of *target* says of *resources*, which it has deployed."""
    systems = facts(target, configuration)
    settings = {name: block.settings for name, block in configuration.blocks.items()}
    asked = demand.total(systems_of(target), settings, configuration.deployment)
    found = cost.estimate(asked, demand.plan_of(configuration.deployment), PRICES)
    lines = [(each.what, each.quantity, each.proportional) for each in cost.rows(found)]
    return {
        "stack": target.name,
        "systems": [vars(each) for each in systems],
        "owners": owners(resources),
        "cost": [{"what": w, "quantity": q, "dollars": d} for w, q, d in lines],
        "prices_of": str(found.prices.read_on),
    }


def owners(resources: list[Resource]) -> dict[str, str]:
    """Map each resource that a map shows, by its kind and own name or id, to its system."""
    graph = Graph(resources)
    placed = ((each, graph.system(each)) for each in graph.of(*READ))
    return {
        f"{each.short} {known}": name
        for each, name in placed
        if name != UNPLACED
        for known in (each.own_name, each.id.rpartition("/")[2])
        if known
    }


def facts(target: Target, configuration: PlatformConfig) -> list[SystemFacts]:
    """Return the systems that *configuration* turns on."""
    return [
        SystemFacts(
            each.name,
            each.title,
            f"an API token ({', '.join(each.scopes)})" if each.scopes else "",
        )
        for each in systems_of(target)
        if each.name in configuration.blocks
    ]
