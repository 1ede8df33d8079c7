"""What happens in the account, told to whoever asked to hear of it."""

from collections.abc import Mapping

from common.json_types import Json
from local.api.state.state import State


async def notify(state: State, alert_type: str, about: Mapping[str, Json]) -> None:
    """Tell of one event; *about* has what the filters of policies look at, by their names."""
