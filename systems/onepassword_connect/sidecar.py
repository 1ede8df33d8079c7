"""What runs beside the local Cloudflare in the place of a machine (OP-1, OP-7)."""

import sys
from pathlib import Path

from systems.onepassword_connect.layout import PROXY_PORT
from systems.onepassword_connect.names import NAME, PROXY
from systems.onepassword_connect.processes import nginx
from systems.onepassword_connect.settings import OnePasswordConnect
from systems.system import Sidecar

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
    *sorted((FOLDER / "processes").glob("*.py")),
)

WITH_NGINX = "{nginx} with the proxy's configuration, before a look-alike of Connect, as processes"
WITHOUT = (
    "a look-alike of Connect alone, for there is no nginx here: nothing is cached or limited; "
    "Debian: apt-get install nginx-light, macOS: brew install nginx, then make up"
)


def sidecar(settings: OnePasswordConnect) -> Sidecar | None:
    """Return what stands for a machine with Connect; `None` where there is one, or no host."""
    if settings.host is None or settings.machines:
        return None
    proxy, executable = settings.proxy, nginx.find()
    about = WITH_NGINX.format(nginx=executable) if executable else WITHOUT
    options = (
        *(("--nginx", str(executable)) if executable else ()),
        *("--requests", str(proxy.requests_a_minute)),
        *("--burst", str(proxy.burst), "--kept", str(proxy.lists_kept_seconds)),
    )
    return Sidecar(
        name=NAME.replace("_", "-"),
        command=(str(PYTHON), "-m", MODULE, *options),
        serves=SERVICE,
        about=about,
        made_of=MADE_OF,
    )
