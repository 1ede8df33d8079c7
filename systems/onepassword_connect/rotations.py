"""What of the host of Connect is changed for another, each by one command (OP-3, OP-4, OP-5)."""

from collections.abc import Mapping

from planning.tunnel_tokens import new_secret
from systems.onepassword_connect.names import FIXED_HOSTS, SERVICES, token_resource
from systems.onepassword_connect.settings import OnePasswordConnect
from systems.rotations import Rotation, SecretRotation, TokenRotation


def _gap(settings: OnePasswordConnect) -> str:
    """Say that the one machine is alone: without any, what stands behind is not changed here."""
    if len(settings.machines) != 1:
        return ""
    return (
        "there is one machine, which nobody reaches while its containers are made anew, about "
        "half a minute; list a second one in machines"
    )


ROTATIONS: Mapping[str, Rotation] = {
    "credentials": SecretRotation(
        what="the credentials of the Connect server, its 1password-credentials.json",
        secret="CREDENTIALS",  # noqa: S106 - the name of a secret
        gap=_gap,
        host="host",
        left="Credentials are those of one server: delete the server before it when nothing reads "
        "from it any more, op connect server delete NAME.",
    ),
    "tunnel-token": SecretRotation(
        what="the token that cloudflared runs the tunnel with",
        secret="TUNNEL_SECRET",  # noqa: S106 - the name of a secret
        make=new_secret,
        gap=_gap,
        host="host",
    ),
    "service-token": TokenRotation(
        what="the service token that Workers and ops verify pass Access with",
        setting="service_token",
        resource=token_resource(SERVICES),
        host="host",
    ),
    "fixed-hosts-token": TokenRotation(
        what="the service token that fixed hosts pass Access with",
        setting="fixed_hosts_token",
        resource=token_resource(FIXED_HOSTS),
    ),
}
