"""Workers with Durable Objects as they should be, and what breaks them."""

from policies.pack.type_tokens import COMPONENT_WORKER, SCRIPTS, WORKERS_SCRIPT
from tests.policies.support import ABSENT, Case

WORKER = {
    "bindings": [
        {"type": "durable_object_namespace", "name": "S", "className": "SessionState"},
        {"type": "durable_object_namespace", "name": "R", "className": "Room"},
    ],
    "migrations": {
        "oldTag": "v1",
        "newTag": "v3",
        "steps": [
            {"newSqliteClasses": ["SessionState"]},
            {"renamedClasses": [{"from": "Chat", "to": "Room"}]},
        ],
    },
}
DECLARED = {
    "bindings": WORKER["bindings"],
    "migrations": {
        "steps": [
            {"tag": "v1", "newSqliteClasses": ["SessionState", "Chat"]},
            {"tag": "v2", "renamedClasses": [{"from": "Chat", "to": "Room"}]},
        ]
    },
}
APPROVAL = {
    "script": "sessions",
    "class": "Chat",
    "tag": "v3",
    "reason": "renamed in code",
    "expires": "2999-01-01",
}
APPROVED = {"approved": [APPROVAL]}
STEP = "migrations.steps[1]"

CASES = [
    *[
        Case(
            "do-binding-has-migration",
            kind,
            WORKER,
            [
                ("bindings[0].className", "Other"),
                ("migrations.steps[0].newSqliteClasses[0]", "Other"),
                (f"{STEP}.renamedClasses[0].to", "Other"),
                ("migrations", ABSENT),
            ],
        )
        for kind in SCRIPTS
    ],
    Case(
        "do-binding-has-migration",
        COMPONENT_WORKER,
        DECLARED,
        [("migrations.steps[0].newSqliteClasses[0]", "Other"), (STEP, {"tag": "v2"})],
    ),
    Case(
        "do-destructive-migration-approved",
        WORKERS_SCRIPT,
        {**WORKER, "scriptName": "sessions"},
        [
            (f"{STEP}.renamedClasses[0].from", "Other"),
            (f"{STEP}.deletedClasses", ["Room"]),
            ("migrations.deletedClasses", ["Room"]),
            (f"{STEP}.transferredClasses", [{"from": "X", "fromScript": "y", "to": "Z"}]),
        ],
        settings=APPROVED,
    ),
    Case(
        "do-destructive-migration-approved",
        SCRIPTS[1],
        {"migrations": {"newTag": "v2", "deletedClasses": []}},
        [("migrations.deletedClasses", ["Room"])],
    ),
    *[
        Case(
            "do-new-class-is-sqlite",
            kind,
            WORKER,
            [("migrations.steps[0].newClasses", ["Old"]), ("migrations.newClasses", ["Old"])],
        )
        for kind in SCRIPTS
    ],
    *[
        Case(
            "do-migration-tags-move",
            kind,
            WORKER,
            [
                ("migrations.newTag", "v1"),
                ("migrations.newTag", ABSENT),
                ("migrations.steps[0].newSqliteClasses", ["SessionState", "SessionState"]),
            ],
        )
        for kind in SCRIPTS
    ],
]
