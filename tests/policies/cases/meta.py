"""Types and structures that the pack can judge, and those that it cannot."""

from policies.pack.type_tokens import ACCESS_RULE
from tests.policies.support import Case

LIST = {"configuration": {"target": "ip", "value": "203.0.114.1"}, "mode": "whitelist"}

CASES = [
    Case(
        "no-legacy-resources",
        ACCESS_RULE,
        LIST,
        [
            ("configuration.value", "0.0.0.0/0"),
            ("configuration", {"target": "country", "value": "AT"}),
        ],
    ),
]
"""The types themselves, and whole unknown lists, are in test_meta.py."""
