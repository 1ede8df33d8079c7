"""Rules at the edge beside the firewall, and what breaks them."""

from policies.pack.type_tokens import RULESET
from tests.policies.support import Case


def ruleset(phase, action, **given):
    rule = {"action": action, "expression": "true", "actionParameters": given}
    return {"phase": phase, "rules": [rule]}


GIVEN = "rules[0].actionParameters"
CONFIG = ruleset("http_config_settings", "set_config", ssl="strict", securityLevel="high", bic=True)
TARGET = {"targetUrl": {"value": "https://app.chitty.cc"}}
REDIRECT = ruleset("http_request_dynamic_redirect", "redirect", fromValue=TARGET)
COMPUTED = ruleset(
    "http_request_dynamic_redirect",
    "redirect",
    fromValue={"targetUrl": {"expression": 'concat("https://a.cc", http.request.uri.path)'}},
)
ANSWER = ruleset(
    "http_response_headers_transform",
    "rewrite",
    headers={"access-control-allow-origin": {"operation": "set", "value": "https://a.cc"}},
)
FRAME = ruleset(
    "http_response_headers_transform",
    "rewrite",
    headers={"X-Frame-Options": {"operation": "set", "value": "DENY"}},
)
ASKED = ruleset(
    "http_request_late_transform",
    "rewrite",
    headers={"Authorization": {"operation": "set", "value": ""}},
)

CASES = [
    Case(
        "edge-rule-keeps-tls",
        RULESET,
        CONFIG,
        [
            (f"{GIVEN}.ssl", "flexible"),
            (f"{GIVEN}.securityLevel", "off"),
            (f"{GIVEN}.bic", False),
        ],
    ),
    Case(
        "edge-redirect-stays",
        RULESET,
        REDIRECT,
        [(f"{GIVEN}.fromValue.targetUrl.value", "http://app.chitty.cc")],
    ),
    Case(
        "edge-redirect-stays",
        RULESET,
        COMPUTED,
        [
            (f"{GIVEN}.fromValue.targetUrl.expression", 'http.request.uri.args["to"][0]'),
            (f"{GIVEN}.fromValue.targetUrl.expression", 'concat("http://a.cc", "/x")'),
        ],
    ),
    Case(
        "edge-headers-keep-guards",
        RULESET,
        ANSWER,
        [(f"{GIVEN}.headers.access-control-allow-origin.value", "*")],
    ),
    Case(
        "edge-headers-keep-guards",
        RULESET,
        FRAME,
        [(f"{GIVEN}.headers.X-Frame-Options.operation", "remove")],
    ),
    Case(
        "edge-headers-keep-guards",
        RULESET,
        ASKED,
        [(f"{GIVEN}.headers.Authorization.value", "kj2h4g9x")],
        fires_sealed=False,
    ),
]
