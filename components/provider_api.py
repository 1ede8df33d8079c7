"""Where the API of a component's provider is, for what the provider itself cannot do."""

import os

import pulumi

CLOUDFLARE_API = "https://api.cloudflare.com/client/v4"
ENVIRONMENT = "CLOUDFLARE_BASE_URL"
"""Where the plugin looks when neither the provider nor the stack names an address."""

_CLOUDFLARE = "cloudflare:index/provider:Provider"


def api_of(component: pulumi.ComponentResource) -> pulumi.Input[str]:
    """Return the address of the API v4 that the provider of *component* talks to.

    It is that of the explicit provider the component was given, else `cloudflare:baseUrl` of the
    stack, else CLOUDFLARE_BASE_URL, else Cloudflare's own: what the plugin goes by.
    """
    explicit = component.get_provider(_CLOUDFLARE)
    if explicit is None:
        return _configured()
    given: pulumi.Output[str | None] = pulumi.Output.from_input(getattr(explicit, "base_url", None))
    return given.apply(lambda url: _trimmed(url) if url else _from_environment())


def _configured() -> str:
    url = pulumi.Config("cloudflare").get("baseUrl")
    return _trimmed(url) if url else _from_environment()


def _from_environment() -> str:
    return _trimmed(os.environ.get(ENVIRONMENT) or CLOUDFLARE_API)


def _trimmed(url: str) -> str:
    return url.rstrip("/")
