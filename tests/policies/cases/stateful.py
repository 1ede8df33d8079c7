"""What holds data, protected and not; what is ignored, narrowly and blindly."""

from policies.pack.type_tokens import RULESET, WORKERS_SCRIPT
from policies.rules.stateful import HOLDS_DATA
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
    ),
    Case(
        "no-blind-ignore-changes",
        RULESET,
        {},
        [],
        options={"ignore_changes": ["description"]},
        break_options=[
            {"ignore_changes": ["*"]},
            {"ignore_changes": ["rules[0].action"]},
            {"ignore_changes": ["config.ingresses"]},
        ],
    ),
]
