"""Bindings and values as they should be, and what breaks them."""

from pack.tokens import WORKER_VERSION, WORKERS_SCRIPT

from tests.policies.support import Case

BINDINGS = {
    "bindings": [
        {"type": "plain_text", "name": "ENVIRONMENT", "text": "production"},
        {"type": "json", "name": "LIMITS", "json": '{"note": "fine"}'},
        {"type": "secret_text", "name": "API_TOKENS", "text": "k3Lw0-PqZ81n"},
        {"type": "plain_text", "name": "R2_KEY_ID", "text": "0f" * 16},
    ]
}

CASES = [
    Case(
        "secrets-no-placeholder",
        WORKERS_SCRIPT,
        BINDINGS,
        [
            ("bindings[2].text", "YOUR_TOKEN_HERE_REPLACE_ME"),
            ("bindings[0].text", "changeme"),
            ("bindings[1].json", '{"note": "<token>"}'),
            ("annotations.workersMessage", "TODO"),
        ],
    ),
    Case(
        "secrets-no-placeholder",
        "docker:index/container:Container",
        {"envs": ["MODE=production", "OP_TOKEN_FILE=/run/secrets/token"]},
        [("envs[0]", "MODE=${MODE}"), ("envs[1]", "OP_TOKEN=hunter2")],
    ),
    Case(
        "secrets-no-placeholder",
        "cloudflare:index/zeroTrustAccessIdentityProvider:ZeroTrustAccessIdentityProvider",
        {"config": {"clientSecret": "k3Lw0-PqZ81n", "note": "admin"}},
        [("config.clientSecret", "admin")],
    ),
    *[
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
        )
        for kind in (WORKERS_SCRIPT, WORKER_VERSION)
    ],
]
