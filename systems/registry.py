"""Every system of the platform, a line each; the order is that of messages and documents."""

from systems.chittyconnect.system import SYSTEM as CHITTYCONNECT
from systems.chittyid.system import SYSTEM as CHITTYID
from systems.onepassword_connect.system import SYSTEM as ONEPASSWORD_CONNECT
from systems.project_awareness.system import SYSTEM as PROJECT_AWARENESS
from systems.superinstance.system import SYSTEM as SUPERINSTANCE
from systems.system import AnySystem

SYSTEMS: tuple[AnySystem, ...] = (
    CHITTYCONNECT,
    CHITTYID,
    PROJECT_AWARENESS,
    SUPERINSTANCE,
    ONEPASSWORD_CONNECT,
)
