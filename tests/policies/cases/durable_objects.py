"""Workers with Durable Objects as they should be, and what breaks them."""

from pack.tokens import WORKER_VERSION, WORKERS_SCRIPT

from tests.policies.support import ABSENT, Case

WORKER = {
    "bindings": [
        {"type": "durable_object_namespace", "name": "S", "className": "SessionState"},
        {"type": "durable_object_namespace", "name": "R", "className": "Room"},
    ],
    "migrations": {
        "oldTag": "v1",
        "newTag": "v2",
        "steps": [
            {"newSqliteClasses": ["SessionState"]},
            {"renamedClasses": [{"from": "Chat", "to": "Room"}]},
        ],
    },
}

CASES = [
    Case(
        "do-binding-has-migration",
        kind,
        WORKER,
        [
            ("bindings[0].className", "Other"),
            ("migrations.steps[0].newSqliteClasses[0]", "Other"),
            ("migrations.steps[1].renamedClasses[0].to", "Other"),
            ("migrations", ABSENT),
        ],
    )
    for kind in (WORKERS_SCRIPT, WORKER_VERSION)
]
