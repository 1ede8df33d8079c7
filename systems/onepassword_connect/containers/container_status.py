"""Whether all containers of the laptop run, as their engine says."""

import json
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from systems.onepassword_connect.containers import engines
from systems.onepassword_connect.containers.streams import ASK_SECONDS, GoneError
from systems.onepassword_connect.names import CONTAINERS

LABEL = "chittyos.host"
RUNNING = "running"


def check(engine: Path, prefix: str) -> None:
    """Return when each container of the host *prefix* runs on *engine*.

    Raises `GoneError` where one was removed, `OSError` where one does not run, or nobody answers.
    """
    states = _states(engine, prefix)
    for name in (f"{prefix}-{each}" for each in CONTAINERS):
        if name not in states:
            raise GoneError(f"{name} was removed")
        if states[name] != RUNNING:
            raise OSError(f"{name} is {states[name]}; docker start {name}")


def _states(engine: Path, prefix: str) -> dict[str, str]:
    asked = quote(json.dumps({"label": [f"{LABEL}={prefix}"]}))
    path = f"/containers/json?all=true&filters={asked}"
    status, content = engines.ask(engine, ASK_SECONDS, "GET", path)
    if status != HTTPStatus.OK:
        raise OSError(f"the Docker Engine answered {status}")
    # One that is being removed may have no name any more.
    named = [(name, each) for each in json.loads(content) for name in each["Names"] or ()]
    return {name.removeprefix("/"): each["State"] for name, each in named}
