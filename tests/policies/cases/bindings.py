"""Bindings of workers and entries of KV as they should be, and what breaks them."""

from policies.pack.type_tokens import KV_ENTRY, SCRIPTS
from tests.policies.support import Case

RANDOM = "Zm9vYmFy0Qx7TnRkW3JpcHRl"
HEX = "0123456789abcdef" * 3
BINDINGS = {
    "bindings": [
        {"type": "plain_text", "name": "ENVIRONMENT", "text": "production"},
        {
            "type": "json",
            "name": "LIMITS",
            "json": '{"note": "fine", "ids": ["' + "0f" * 16 + '"]}',
        },
        {"type": "secret_text", "name": "API_TOKENS", "text": RANDOM},
        {"type": "plain_text", "name": "R2_KEY_ID", "text": "0f" * 16},
        {"type": "plain_text", "name": "CORS_ORIGIN", "text": "https://a.cc,https://b.cc"},
    ]
}
ENTRY = {"keyName": "greeting", "value": "hello", "metadata": '{"a": "b"}'}

CASES = [
    case
    for kind in SCRIPTS
    for case in (
        Case(
            "worker-secret-in-plain-binding",
            kind,
            BINDINGS,
            [
                ("bindings[2].type", "plain_text"),
                ("bindings[2].type", "json"),
                ("bindings[0].name", "API_TOKEN"),
                ("bindings[3].name", "R2_ACCESS_KEY"),
            ],
        ),
        Case(
            "worker-plain-binding-entropy",
            kind,
            BINDINGS,
            [
                ("bindings[2].type", "plain_text"),
                ("bindings[0].text", RANDOM),
                ("bindings[0].text", HEX),
                ("bindings[0].text", "postgres://user:pass@host/db"),
                ("bindings[0].text", "ghp_" + "a1B2" * 9),
                ("bindings[1].json", '{"deep": [{"x": "' + RANDOM + '"}]}'),
            ],
        ),
        Case(
            "worker-no-wildcard-origin",
            kind,
            BINDINGS,
            [
                ("bindings[4].text", "*"),
                ("bindings[4].text", "https://a.cc, *"),
                ("bindings[1]", {"type": "json", "name": "ALLOWED_ORIGINS", "json": '["null"]'}),
            ],
        ),
    )
] + [
    Case(
        "kv-no-credentials",
        KV_ENTRY,
        ENTRY,
        [
            ("keyName", "stripe_api_key"),
            ("value", RANDOM),
            ("value", '{"token": "' + RANDOM + '"}'),
            ("metadata", '{"note": "' + HEX + '"}'),
        ],
    )
]
