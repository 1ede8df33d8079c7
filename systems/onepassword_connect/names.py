"""Names that more than one part of the host of Connect uses."""

NAME = "onepassword_connect"
"""Namespace of the block, and beginning of the names of its resources."""

API, SYNC, TUNNEL, PROXY = "connect-api", "connect-sync", "cloudflared", "nginx"
EXPORTER, HEALTH = "nginx-exporter", "health"
"""Containers, and their images in `images/compose.yaml`."""

OFFICIAL = (PROXY, HEALTH)
"""Images that anybody may have, on a laptop too."""

CONTAINERS = (API, SYNC, TUNNEL, PROXY, EXPORTER, HEALTH)
SERVICES = "services"
"""Policy and service token of those who read credentials: Workers, and `ops verify`."""

FIXED_HOSTS = "fixed-hosts"
"""Policy and service token of machines that are known by their addresses as well."""


def token_resource(token: str) -> str:
    """Return the name of the resource of the service token *token*."""
    return f"{NAME}-access-token-{token}"
