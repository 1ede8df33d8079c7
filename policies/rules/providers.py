"""Providers reach the cloud and the Docker host by narrow, verified ways."""

from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Severity, rule
from policies.pack.type_tokens import CLOUDFLARE_PROVIDER, DOCKER_PROVIDER

BLIND_SSH = ("stricthostkeychecking=no", "userknownhostsfile=/dev/null")


@rule(
    "provider-scoped-token-only",
    on=CLOUDFLARE_PROVIDER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Use an API token with the permissions that the stack needs (CLOUDFLARE_API_TOKEN).",
    frameworks=("Cloudflare: API tokens",),
    url="https://developers.cloudflare.com/fundamentals/api/get-started/create-token/",
)
def provider_scoped_token_only(provider: Resource) -> Findings:
    """The global API key may do everything in every account of its user and cannot be narrowed."""
    for key in ("apiKey", "email", "apiUserServiceKey"):
        if provider[key].present:
            yield provider[key].problem("is set: it belongs to the global key of a user")


@rule(
    "docker-provider-secure-transport",
    on=DOCKER_PROVIDER,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Use ssh:// with the host's key in a known_hosts file, or tcp:// with certificates.",
    frameworks=("CIS Docker 2.7",),
    url="https://docs.docker.com/engine/security/protect-access/",
)
def docker_provider_secure_transport(provider: Resource) -> Findings:
    """Who may talk to the Docker daemon is root on its host."""
    host = provider["host"]
    scheme = (host.text() or "").partition("://")[0]
    if scheme == "http" or (scheme == "tcp" and _has_no_certificates(provider)):
        yield host.problem("reaches the daemon without certificates")
    for option in provider["sshOpts"].listed():
        if (option.text() or "").replace(" ", "").replace('"', "").lower().endswith(BLIND_SSH):
            yield option.problem("lets any host answer for the daemon")


def _has_no_certificates(provider: Resource) -> bool:
    return provider["certMaterial"].empty and provider["certPath"].empty
