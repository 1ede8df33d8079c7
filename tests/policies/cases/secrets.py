"""Secrets as they should be handed over, and what breaks them."""

from typing import Any

from policies.pack.type_tokens import (
    ACCESS_APPLICATION,
    CONTAINER,
    DNS_RECORD,
    HYPERDRIVE,
    IDENTITY_PROVIDER,
    KV_ENTRY,
    LOGPUSH_JOB,
    PAGES_PROJECT,
    REGISTRY_IMAGE,
    SCRIPTS,
    SERVICE,
    WEBHOOK,
    WORKERS_SCRIPT,
)
from tests.policies.support import Case, seal

WORD = "k3Lw0-PqZ81n"
SEALED = seal(WORD)
BINDINGS = {
    "bindings": [
        {"type": "plain_text", "name": "ENVIRONMENT", "text": "production"},
        {"type": "json", "name": "LIMITS", "json": '{"note": "fine"}'},
        {"type": "secret_text", "name": "API_TOKENS", "text": SEALED},
        {"type": "secret_key", "name": "SIGNER", "keyBase64": SEALED, "keyJwk": SEALED},
    ]
}
FOUND = "https://api.example.net/?token=" + WORD
SINK = "r2://logs/?access-key-id=0a&secret-access-key="
UPLOAD = {"file": "/home/opuser/1password-credentials.json", "content": SEALED}

SEALS: list[tuple[str, dict[str, Any], set[str]]] = [
    *[
        (kind, BINDINGS, {"bindings[2].text", "bindings[3].keyBase64", "bindings[3].keyJwk"})
        for kind in SCRIPTS
    ],
    (KV_ENTRY, {"keyName": "STRIPE_SECRET", "value": SEALED}, {"value"}),
    (
        HYPERDRIVE,
        {"origin": {"password": SEALED, "accessClientSecret": SEALED}},
        {"origin.password", "origin.accessClientSecret"},
    ),
    (IDENTITY_PROVIDER, {"config": {"clientSecret": SEALED}}, {"config.clientSecret"}),
    (
        ACCESS_APPLICATION,
        {"scimConfig": {"authentication": {"password": SEALED, "token": SEALED}}},
        {"scimConfig.authentication.password", "scimConfig.authentication.clientSecret"},
    ),
    (WEBHOOK, {"secret": SEALED}, {"secret"}),
    (
        PAGES_PROJECT,
        {
            "deploymentConfigs": {
                "production": {"envVars": {"API_KEY": {"type": "secret_text", "value": SEALED}}}
            }
        },
        {"deploymentConfigs.production.envVars.API_KEY.value"},
    ),
    (CONTAINER, {"uploads": [UPLOAD]}, {"uploads[0].content", "uploads[0].contentBase64"}),
    (SERVICE, {"auth": {"password": SEALED}}, {"auth.password"}),
    (REGISTRY_IMAGE, {"authConfig": {"password": SEALED}}, {"authConfig.password"}),
]

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
        CONTAINER,
        {"envs": ["MODE=production", "OP_TOKEN_FILE=/run/secrets/token"]},
        [("envs[0]", "MODE=${MODE}"), ("envs[1]", "OP_TOKEN=hunter2")],
    ),
    Case(
        "secrets-no-placeholder",
        IDENTITY_PROVIDER,
        {"config": {"clientSecret": WORD, "prompt": "admin"}},
        [("config.clientSecret", "admin")],
    ),
    *[
        Case(
            "sensitive-inputs-are-secret",
            kind,
            good,
            [(path, WORD) for path in sorted(paths)],
            fires_sealed=False,
        )
        for kind, good, paths in SEALS
    ],
    Case(
        "sensitive-inputs-are-secret",
        CONTAINER,
        {"envs": [seal(f"OP_TOKEN={WORD}"), "MODE=production"]},
        [("envs[0]", f"OP_TOKEN={WORD}"), ("envs[1]", f"API_KEY={WORD}")],
        fires_sealed=False,
    ),
    Case(
        "sensitive-inputs-are-secret",
        LOGPUSH_JOB,
        {"destinationConf": seal(SINK + WORD)},
        [("destinationConf", SINK + WORD)],
        fires_sealed=False,
    ),
    Case(
        "secrets-none-in-clear",
        DNS_RECORD,
        {"type": "TXT", "name": "chitty.cc", "content": "v=spf1 -all", "comment": "mail"},
        [("content", FOUND), ("comment", FOUND)],
        fires_sealed=False,
    ),
    Case(
        "secrets-none-in-clear",
        CONTAINER,
        {"hostname": "a", "uploads": [{"file": "/etc/a.conf", "content": "x"}]},
        [("hostname", FOUND), ("uploads[0].content", FOUND)],
        fires_sealed=False,
    ),
]
