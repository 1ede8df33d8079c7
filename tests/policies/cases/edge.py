"""Firewall rules and load balancers as they should be, and what breaks them."""

from policies.pack.type_tokens import LOAD_BALANCER, MONITOR, POOL, RULESET
from tests.policies.support import ABSENT, Case

CUSTOM = {
    "phase": "http_request_firewall_custom",
    "rules": [{"action": "block", "expression": "ip.src in $bad", "enabled": True}],
}
MANAGED = {
    "phase": "http_request_firewall_managed",
    "rules": [
        {
            "action": "execute",
            "expression": "true",
            "actionParameters": {"id": "efb7b8c949ac4650a09736fc376e9aee", "overrides": {}},
        }
    ],
}
OVERRIDES = "rules[0].actionParameters.overrides"
SKIP = {
    "phase": "http_request_firewall_custom",
    "rules": [
        {
            "action": "skip",
            "expression": 'http.host eq "a.cc" and ip.src in $ci',
            "logging": {"enabled": True},
        }
    ],
}
LIMIT = {
    "phase": "http_ratelimit",
    "rules": [
        {
            "action": "managed_challenge",
            "expression": 'http.host eq "a.cc"',
            "ratelimit": {
                "characteristics": ["ip.src", "cf.colo.id"],
                "period": 60,
                "requestsPerPeriod": 2000,
                "mitigationTimeout": 0,
            },
        }
    ],
}
COUNT = "rules[0].ratelimit"

CASES = [
    Case(
        "waf-rule-enforcing",
        RULESET,
        CUSTOM,
        [("rules[0].enabled", False), ("rules[0].action", "log")],
    ),
    Case(
        "waf-rule-enforcing",
        RULESET,
        MANAGED,
        [
            (f"{OVERRIDES}.action", "log"),
            (f"{OVERRIDES}.enabled", False),
            (f"{OVERRIDES}.rules", [{"id": "a", "enabled": False}]),
            (f"{OVERRIDES}.categories", [{"category": "sqli", "action": "log"}]),
        ],
    ),
    Case(
        "waf-rule-enforcing",
        RULESET,
        {**MANAGED, "phase": "ddos_l7"},
        [(f"{OVERRIDES}.sensitivityLevel", "eoff")],
    ),
    # Incident 18: one override switched all other rules off.
    Case(
        "waf-managed-others-said",
        RULESET,
        {
            "phase": "http_request_firewall_managed",
            "rules": [
                {
                    "action": "execute",
                    "description": "OWASP, others: as they are",
                    "actionParameters": {"overrides": {"rules": [{"id": "a"}]}},
                }
            ],
        },
        [
            (f"{OVERRIDES}.enabled", False),
            ("rules[0].description", "OWASP"),
            ("rules[0].description", ABSENT),
        ],
    ),
    Case(
        "waf-skip-scoped",
        RULESET,
        SKIP,
        [
            ("rules[0].expression", "true"),
            ("rules[0].expression", "cf.client.bot"),
            ("rules[0].logging.enabled", False),
        ],
    ),
    Case(
        "ratelimit-effective",
        RULESET,
        LIMIT,
        [
            (f"{COUNT}.characteristics", ["cf.colo.id"]),
            (f"{COUNT}.requestsPerPeriod", 100_000),
            (f"{COUNT}.period", 86_400),
            ("rules[0].action", "log"),
        ],
    ),
    Case(
        "lb-verified-and-proxied",
        LOAD_BALANCER,
        {"proxied": True},
        [("proxied", False), ("proxied", ABSENT)],
    ),
    Case("lb-verified-and-proxied", POOL, {"monitor": "m"}, [("monitor", ABSENT)]),
    Case(
        "lb-verified-and-proxied",
        MONITOR,
        {"type": "https", "allowInsecure": False},
        [("type", "http"), ("type", ABSENT), ("allowInsecure", True)],
        settings={"plainMonitors": False},
    ),
]
