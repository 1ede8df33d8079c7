"""A stack that has the host of Connect and nothing else, as its owner would write it."""

import json

import config
from systems.registry import SYSTEMS
from tests.config.examples import SECRETS, as_engine, tracked

CANARY = "cAnArY-c0nn3ct"
CREDENTIALS = json.dumps(
    {"verifier": {}, "encCredentials": {"data": CANARY}, "uniqueKey": {}, "version": "2"}
)
HOST = "1password-connect.chitty.cc"
KEY = "onepassword_connect:CREDENTIALS"
TUNNEL_KEY = "onepassword_connect:TUNNEL_SECRET"
PINNED = {
    "cloudflared": f"docker.io/cloudflare/cloudflared:2026.10.4@sha256:{'0f' * 32}",
    "nginx-exporter": f"docker.io/nginx/nginx-prometheus-exporter:1.5.3@sha256:{'1f' * 32}",
}
"""Images whose digest the tracked file does not know."""


def values(**changes):
    """Give the values of a production stack that has only the host of Connect."""
    own = {
        "chittyos:environment": "production",
        "chittyos:account": "ab" * 16,
        "chittyos:plan": "paid",
        "chittyos:systems": ["onepassword_connect"],
        "chittyos:zones": [
            {"name": "chitty.cc", "id": "cd" * 16, "plan": "free", "owner": "production"}
        ],
        "chittyos:monitoring": tracked("production")["chittyos:monitoring"],
        "onepassword_connect:host": HOST,
        "onepassword_connect:team": "chitty",
        "onepassword_connect:machines": [
            {"name": "first", "engine": "ssh://deploy@connect-1.example.com"}
        ],
        "onepassword_connect:images": PINNED,
        "onepassword_connect:emails": ["platform@chitty.cc"],
        KEY: CREDENTIALS,
    }
    given = {**own, **{key.replace("__", ":"): value for key, value in changes.items()}}
    return {key: value for key, value in given.items() if value is not None}


def load(given, stack="production-connect"):
    secret = frozenset({KEY, TUNNEL_KEY, *SECRETS}) & given.keys()
    source = config.Source(config.file_name(stack), as_engine(given), secret)
    return config.load(stack, SYSTEMS, source)
