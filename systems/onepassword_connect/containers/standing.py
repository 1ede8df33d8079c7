"""Whether all containers of the laptop run, as their engine says."""

import json
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from systems.onepassword_connect.containers.engines import Asked
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
    with closing(Asked(engine, ASK_SECONDS)) as connection:
        connection.request("GET", f"/containers/json?all=true&filters={asked}")
        answer = connection.getresponse()
        content = answer.read()
    if answer.status != HTTPStatus.OK:
        raise OSError(f"the Docker Engine answered {answer.status}")
    return {each["Names"][0].removeprefix("/"): each["State"] for each in json.loads(content)}
