"""The account, its tokens, its alarms and its providers as they should be, and what breaks them."""

from policies.pack.type_tokens import (
    ACCOUNT,
    ACCOUNT_MEMBER,
    ACCOUNT_TOKEN,
    API_TOKEN,
    CLOUDFLARE_PROVIDER,
    DOCKER_PROVIDER,
    NOTIFICATION,
    WEBHOOK,
)
from tests.policies.day import ahead
from tests.policies.support import ABSENT, Case

EVERY_ZONE = '{"com.cloudflare.api.account.zone.*": "*"}'
ONE_ACCOUNT = '{"com.cloudflare.api.account.' + "0f" * 16 + '": "*"}'
TOKEN = {
    "policies": [
        {"effect": "allow", "permissionGroups": [{"id": "p"}], "resources": ONE_ACCOUNT},
    ],
    "expiresOn": f"{ahead(160)}T00:00:00Z",
    "condition": {"requestIp": {"ins": ["203.0.114.0/28"]}},
}
POLICY = {"enabled": True, "mechanisms": {"emails": [{"id": "ops@chitty.cc"}]}}

CASES = [
    *[
        Case(
            "api-token-scoped",
            kind,
            TOKEN,
            [
                ("policies[0].resources", EVERY_ZONE),
                ("policies[0].resources", '{"com.cloudflare.api.account.*": "*"}'),
                ("policies[0].permissionGroups", [{"id": str(n)} for n in range(30)]),
            ],
        )
        for kind in (API_TOKEN, ACCOUNT_TOKEN)
    ],
    Case(
        "api-token-expires-and-bound",
        ACCOUNT_TOKEN,
        TOKEN,
        [
            ("expiresOn", ABSENT),
            ("expiresOn", "2030-01-01T00:00:00Z"),
            ("condition", ABSENT),
            ("condition.requestIp.ins[0]", "0.0.0.0/0"),
        ],
    ),
    Case(
        "account-2fa-and-members",
        ACCOUNT,
        {"settings": {"enforceTwofactor": True}},
        [("settings.enforceTwofactor", False), ("settings", ABSENT)],
    ),
    Case(
        "account-2fa-and-members",
        ACCOUNT_MEMBER,
        {"roles": ["05784afa30c1afe1440e79d9351c7430"]},
        [("roles[0]", "33666b9c79b9a5273fc7344ff42f953d")],
    ),
    Case(
        "notification-deliverable",
        NOTIFICATION,
        POLICY,
        [("enabled", False), ("mechanisms.emails", [])],
    ),
    Case(
        "notification-deliverable",
        WEBHOOK,
        {"url": "https://hooks.chitty.cc/a", "secret": "k3Lw0-PqZ81n"},
        [("url", "http://hooks.chitty.cc/a"), ("secret", ABSENT)],
    ),
    Case(
        "provider-scoped-token-only",
        CLOUDFLARE_PROVIDER,
        {"apiToken": "k3Lw0-PqZ81n"},
        [
            ("apiKey", "k3Lw0-PqZ81n"),
            ("email", "admin@chitty.cc"),
            ("apiUserServiceKey", "v1.0-k3Lw0"),
        ],
    ),
    Case(
        "docker-provider-secure-transport",
        DOCKER_PROVIDER,
        {"host": "ssh://deploy@connect", "sshOpts": ["-o", "StrictHostKeyChecking=yes"]},
        [
            ("host", "tcp://10.0.0.1:2375"),
            ("host", "http://10.0.0.1:2375"),
            ("sshOpts[1]", "StrictHostKeyChecking=no"),
            ("sshOpts[1]", "UserKnownHostsFile=/dev/null"),
            ("sshOpts", '["-o", "StrictHostKeyChecking=no"]'),
        ],
    ),
    Case(
        "docker-provider-secure-transport",
        DOCKER_PROVIDER,
        {"host": "tcp://10.0.0.1:2376", "certPath": "/certs"},
        [("certPath", ABSENT)],
    ),
]
