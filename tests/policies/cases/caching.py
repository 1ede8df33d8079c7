"""What caches keep, and what breaks it (incidents 3, 4 and 5)."""

from policies.pack.type_tokens import RULESET, WORKER_VERSION, WORKERS_SCRIPT
from tests.policies.support import Case

NOBODYS = (
    '(http.host eq "a.chitty.cc") and not has_key(http.request.headers, "authorization")'
    ' and not has_key(http.request.headers, "cookie")'
)
EXPRESSION = "rules[0].expression"


def keeping(expression, **given):
    lifetime = {"mode": "override_origin", "default": 3600}
    rule = {
        "action": "set_cache_settings",
        "expression": expression,
        "actionParameters": {"cache": True, "edgeTtl": lifetime},
        **given,
    }
    return {"phase": "http_request_cache_settings", "rules": [rule]}


CASES = [
    # Incident 4: `true`, cache, no bypass.
    Case(
        "edge-cache-asks-who",
        RULESET,
        keeping(NOBODYS),
        [
            (EXPRESSION, "true"),
            (EXPRESSION, 'http.host eq "a.chitty.cc"'),
            (EXPRESSION, 'not has_key(http.request.headers, "authorization")'),
            (EXPRESSION, 'http.cookie eq ""'),
        ],
    ),
    Case(
        "edge-cache-asks-who",
        RULESET,
        keeping('starts_with(http.request.uri.path, "/static/")'),
        [
            (EXPRESSION, 'starts_with(http.request.uri.path, "/")'),
            (EXPRESSION, 'starts_with(http.request.uri.path, "/api/")'),
            (EXPRESSION, 'ssl or not starts_with(http.request.uri.path, "/static/")'),
        ],
    ),
    Case("edge-cache-asks-who", RULESET, keeping("true", enabled=False), []),
    Case(
        "edge-cache-asks-who",
        RULESET,
        keeping('http.request.uri.path eq "/prices"'),
        [(EXPRESSION, 'http.request.uri.path eq "/orders"')],
        settings={"publicPaths": ["/prices"]},
    ),
    # Incident 3: one visitor's session served to others.
    Case(
        "worker-cache-has-contract",
        WORKERS_SCRIPT,
        {"scriptName": "api", "cacheOptions": {"enabled": False}},
        [("cacheOptions.enabled", True)],
    ),
    Case(
        "worker-cache-has-contract",
        WORKER_VERSION,
        {"mainModule": "index.mjs"},
        [("cacheOptions", {"enabled": True})],
    ),
    Case(
        "worker-cache-has-contract",
        WORKERS_SCRIPT,
        {"scriptName": "site", "cacheOptions": {"enabled": True}},
        [("scriptName", "api")],
        settings={"contracts": ["site"]},
    ),
]
