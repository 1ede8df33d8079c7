"""What runs beside the local Cloudflare in the place of a machine (OP-1, OP-7)."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from planning.refusals import RefusedError
from systems.onepassword_connect.containers import engines, identity
from systems.onepassword_connect.layout import PROXY_PORT
from systems.onepassword_connect.names import NAME, OFFICIAL, PROXY
from systems.onepassword_connect.processes import nginx
from systems.onepassword_connect.settings import OnePasswordConnect
from systems.sidecars import Sidecar

PYTHON = Path(sys.prefix) / "bin" / "python"
"""By whatever name the present one was called: another name would be another setting."""

MODULE = "systems.onepassword_connect.processes"
SERVICE = f"http://{PROXY}:{PROXY_PORT}"
"""Where a tunnel finds the proxy, on a machine as well as here."""

FOLDER = Path(__file__).parent
MADE_OF = (
    FOLDER / "proxy.py",
    FOLDER / "files" / "nginx.conf",
    FOLDER / "files" / "health_aggregator.py",
    FOLDER / "layout.py",
    FOLDER / "images" / "compose.yaml",
    *sorted((FOLDER / "processes").glob("*.py")),
    *sorted((FOLDER / "containers").glob("*.py")),
)

VARIABLE, PROCESSES = "CHITTYOS_CONNECT_HOST", "processes"
"""Environment variable, and its one value: no containers, also where there is an engine."""

WITH_NGINX = "{nginx} with the proxy's configuration, before a look-alike of Connect, as processes"
WITHOUT = (
    "a look-alike of Connect alone, for there is no nginx here: nothing is cached or limited; "
    "Debian: apt-get install nginx-light, macOS: brew install nginx, then make up"
)
CONTAINERS = (
    "containers of a host on the Docker Engine {engine}, with stand-ins for 1Password's and "
    "cloudflared's, in place of processes as soon as they are up (make status); "
    f"{VARIABLE}={PROCESSES}, then make up: none"
)
NOT_YET = "; no containers yet, for the Docker Engine {engine} {fault}: it is asked again"
IDENTITY = FOLDER.parents[1] / ".local" / "cloudflare" / "connect-containers"
"""File of the id that the names of this folder's containers have."""


def sidecar(
    settings: OnePasswordConnect,
    environ: Mapping[str, str] = os.environ,
    id_file: Path = IDENTITY,
) -> Sidecar | None:
    """Return what stands for a machine with Connect; `None` where there is one, or no host.

    Its containers are told apart by the id in *id_file*, which is made where they are to run.
    Raises `RefusedError` for a wish in *environ* that is none, and for a file that cannot be had.
    """
    if settings.host is None or settings.machines:
        return None
    proxy, executable = settings.proxy, nginx.find()
    about = WITH_NGINX.format(nginx=executable) if executable else WITHOUT
    engine = _engine(environ)
    fault = engines.fault(engine) if engine else None
    if engine and fault:
        about += NOT_YET.format(engine=engine, fault=fault)
    elif engine:
        about = CONTAINERS.format(engine=engine)
    options = (
        *(("--nginx", str(executable)) if executable else ()),
        *("--requests", str(proxy.requests_a_minute)),
        *("--burst", str(proxy.burst), "--kept", str(proxy.lists_kept_seconds)),
        # Whatever it answers now: each other command would start the local Cloudflare anew.
        *(_of_containers(settings, engine, identity.kept(id_file)) if engine else ()),
    )
    return Sidecar(
        name=NAME.replace("_", "-"),
        command=(str(PYTHON), "-m", MODULE, *options),
        serves=SERVICE,
        about=about,
        made_of=MADE_OF,
    )


def _engine(environ: Mapping[str, str]) -> Path | None:
    wish = environ.get(VARIABLE, "")
    if wish not in ("", PROCESSES):
        raise RefusedError(f"{VARIABLE} is {wish!r}; it is {PROCESSES}, or not set")
    return None if wish else engines.find(environ)


def _of_containers(settings: OnePasswordConnect, engine: Path, own_id: str) -> tuple[str, ...]:
    own = {name: each for name, each in settings.images.items() if name in OFFICIAL}
    return (
        *("--engine", str(engine), "--name", f"local-{own_id}"),
        *("--subnet", identity.subnet(own_id)),
        *(f"--image={name}={own[name]}" for name in sorted(own)),
    )
