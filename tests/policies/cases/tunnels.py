"""Tunnels as they should be, and what breaks them."""

import base64

from policies.pack.type_tokens import TUNNEL, TUNNEL_CONFIG, TUNNEL_ROUTE
from tests.policies.support import ABSENT, Case

RANDOM_BYTES = base64.b64encode(bytes(range(32))).decode()
ACCESS = {"required": True, "audTags": ["0f" * 32], "teamName": "chitty"}
CONFIG = {
    "tunnelId": "t",
    "config": {
        "ingresses": [
            {
                "hostname": "1password-connect.chitty.cc",
                "service": "http://nginx:8080",
                "originRequest": {"access": ACCESS, "noTlsVerify": False},
            },
            {"hostname": "status.chitty.cc", "service": "http://status:8080"},
            {"service": "http_status:404"},
        ]
    },
}
PUBLIC = {"publicHostnames": ["status.chitty.cc"]}
FIRST, LAST = "config.ingresses[0]", "config.ingresses[2]"

CASES = [
    Case(
        "tunnel-catch-all-404",
        TUNNEL_CONFIG,
        CONFIG,
        [
            (f"{LAST}.hostname", "x.chitty.cc"),
            (f"{LAST}.path", "/x"),
            (f"{LAST}.service", "http://nginx:8080"),
            (f"{LAST}.service", "http_status:200"),
            (f"{FIRST}.hostname", ABSENT),
            ("config.ingresses", []),
        ],
    ),
    Case(
        "tunnel-no-tls-verify-off",
        TUNNEL_CONFIG,
        CONFIG,
        [
            (f"{FIRST}.originRequest.noTlsVerify", True),
            ("config.originRequest.noTlsVerify", True),
        ],
    ),
    Case(
        "tunnel-jwt-per-ingress",
        TUNNEL_CONFIG,
        CONFIG,
        [
            (f"{FIRST}.originRequest.access.required", False),
            (f"{FIRST}.originRequest.access.audTags", []),
            (f"{FIRST}.originRequest", ABSENT),
            ("config.ingresses[1].hostname", "other.chitty.cc"),
            ("config.originRequest.access", ACCESS),
        ],
        settings=PUBLIC,
    ),
    Case(
        "tunnel-remote-managed",
        TUNNEL,
        {"configSrc": "cloudflare", "tunnelSecret": RANDOM_BYTES},
        [
            ("configSrc", "local"),
            ("configSrc", ABSENT),
            ("tunnelSecret", "c2hvcnQ="),
            ("tunnelSecret", "QUJD" * 11),
            ("tunnelSecret", "not base64 at all, whoever wrote it"),
        ],
    ),
    Case(
        "tunnel-service-narrow",
        TUNNEL_CONFIG,
        CONFIG,
        [
            (f"{FIRST}.service", "bastion"),
            (f"{FIRST}.service", "unix:/var/run/docker.sock"),
            (f"{FIRST}.originRequest.proxyType", "socks"),
        ],
    ),
    Case(
        "tunnel-route-narrow",
        TUNNEL_ROUTE,
        {"network": "10.1.2.0/24"},
        [("network", "10.0.0.0/8"), ("network", "fd00::/8")],
        settings={"wide": ["172.16.0.0/12"]},
    ),
    Case(
        "tunnel-route-narrow",
        TUNNEL_ROUTE,
        {"network": "172.16.0.0/12"},
        [("network", "172.16.0.0/11")],
        settings={"wide": ["172.16.0.0/12"]},
    ),
]
