"""Logs and queries on their way out, and what breaks them."""

from policies.pack.type_tokens import HYPERDRIVE, LOGPUSH_JOB
from tests.policies.support import Case

CASES = [
    Case(
        "logpush-encrypted",
        LOGPUSH_JOB,
        {
            "destinationConf": "https://logs.example.net/in",
            "enabled": True,
            "outputOptions": {"sampleRate": 1},
        },
        [
            ("destinationConf", "http://logs.example.net/in"),
            ("destinationConf", "https://logs.internal/in"),
            ("enabled", False),
            ("outputOptions.sampleRate", 0),
        ],
    ),
    Case(
        "hyperdrive-verified",
        HYPERDRIVE,
        {"mtls": {"sslmode": "verify-full"}},
        [("mtls.sslmode", "prefer")],
    ),
]
