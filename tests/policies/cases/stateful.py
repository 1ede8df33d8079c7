"""What holds data, protected and not."""

from pack.tokens import WORKERS_SCRIPT
from rules.stateful import HOLDS_DATA

from tests.policies.support import Case

OBJECTS = {"type": "durable_object_namespace", "name": "S", "className": "SessionState"}

CASES = [
    *[
        Case("stateful-protected", kind, {}, [], break_options=[{"protect": False}])
        for kind in HOLDS_DATA
        if kind != WORKERS_SCRIPT
    ],
    Case(
        "stateful-protected",
        WORKERS_SCRIPT,
        {"bindings": [{**OBJECTS, "scriptName": "other"}]},
        [("bindings[0].scriptName", "")],
        options={"protect": False},
        fires_sealed=True,
    ),
]
