"""R2 buckets as they should be, and what breaks them."""

from policies.pack.type_tokens import (
    R2_CORS,
    R2_CUSTOM_DOMAIN,
    R2_LIFECYCLE,
    R2_LOCK,
    R2_MANAGED_DOMAIN,
)
from tests.policies.day import ahead
from tests.policies.support import ABSENT, Case

CORS = {
    "bucketName": "documents",
    "rules": [
        {
            "allowed": {
                "origins": ["https://connect.chitty.cc"],
                "methods": ["GET", "PUT", "POST", "DELETE"],
                "headers": ["*"],
            },
            "maxAgeSeconds": 3600,
        }
    ],
}
ORIGIN = "rules[0].allowed.origins[0]"
OPEN_TO_READ = {"rules": [{"allowed": {"origins": ["*"], "methods": ["GET"], "headers": ["x-a"]}}]}
PUBLIC = {"bucketName": "assets", "domain": "a.chitty.cc", "enabled": True, "minTls": "1.2"}
DELETE = {"condition": {"type": "Age", "maxAge": 604800}}
LIFECYCLE = {
    "bucketName": "documents",
    "rules": [
        {
            "id": "delete-temp-files",
            "enabled": True,
            "conditions": {"prefix": "temp/"},
            "deleteObjectsTransition": DELETE,
        }
    ],
}

DELETION = "rules[0].deleteObjectsTransition.condition"
BY_DATE = {
    "bucketName": "documents",
    "rules": [
        {
            "enabled": True,
            "conditions": {"prefix": "temp/"},
            "deleteObjectsTransition": {"condition": {"type": "Date", "date": ahead(9)}},
        }
    ],
}

CASES = [
    Case(
        "r2-no-wildcard-cors",
        R2_CORS,
        CORS,
        [(ORIGIN, "*"), (ORIGIN, "null"), (ORIGIN, "http://connect.chitty.cc")],
    ),
    Case("r2-no-wildcard-write-cors", R2_CORS, CORS, [(ORIGIN, "*")]),
    Case(
        "r2-no-wildcard-write-cors",
        R2_CORS,
        OPEN_TO_READ,
        [("rules[0].allowed.methods[0]", "PUT"), ("rules[0].allowed.headers[0]", "*")],
    ),
    Case(
        "r2-no-dev-url",
        R2_MANAGED_DOMAIN,
        {"bucketName": "d", "enabled": False},
        [("enabled", True)],
    ),
    Case(
        "r2-public-bucket-declared",
        R2_CUSTOM_DOMAIN,
        PUBLIC,
        [("bucketName", "documents"), ("minTls", "1.0"), ("minTls", ABSENT)],
        settings={"publicBuckets": ["assets"]},
    ),
    Case(
        "r2-public-bucket-declared",
        R2_CUSTOM_DOMAIN,
        {**PUBLIC, "bucketName": "documents", "enabled": False},
        [("enabled", True)],
    ),
    Case(
        "r2-lifecycle-not-total",
        R2_LIFECYCLE,
        LIFECYCLE,
        [
            ("rules[0].conditions.prefix", ""),
            ("rules[0].conditions", ABSENT),
        ],
        settings={"ephemeral": ["scratch"]},
    ),
    Case(
        "r2-lifecycle-not-total",
        R2_LIFECYCLE,
        {"bucketName": "scratch", "rules": [{"enabled": True, "deleteObjectsTransition": DELETE}]},
        [("bucketName", "documents")],
        settings={"ephemeral": ["scratch"]},
    ),
    Case(
        "r2-lifecycle-not-at-once",
        R2_LIFECYCLE,
        LIFECYCLE,
        [(f"{DELETION}.maxAge", 30), (f"{DELETION}.maxAge", ABSENT)],
    ),
    Case(
        "r2-lifecycle-not-at-once",
        R2_LIFECYCLE,
        BY_DATE,
        [(f"{DELETION}.date", ahead(-1)), (f"{DELETION}.date", ABSENT)],
    ),
    Case(
        "r2-lock-holds",
        R2_LOCK,
        {"rules": [{"enabled": True, "condition": {"type": "Age", "maxAgeSeconds": 864_000}}]},
        [
            ("rules", []),
            ("rules[0].enabled", False),
            ("rules[0].condition.maxAgeSeconds", 60),
        ],
    ),
    Case(
        "r2-lock-holds",
        R2_LOCK,
        {"rules": [{"enabled": True, "condition": {"type": "Date", "date": ahead(9)}}]},
        [("rules[0].condition.date", ahead(-1))],
    ),
]
