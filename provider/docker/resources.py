"""The types that the stand-in for docker has."""

from provider.docker.containers import Container
from provider.docker.images import RemoteImage
from provider.docker.networks import Network
from provider.docker.resource import Resource
from provider.docker.volumes import Volume
from provider.errors import PluginError

TABLE: dict[str, Resource] = {
    each.token: each for each in (Container(), Network(), RemoteImage(), Volume())
}


def of_token(token: str) -> Resource:
    """Return the type *token*; `PluginError` names what is supported."""
    if token not in TABLE:
        supported = ", ".join(sorted(resource.name for resource in TABLE.values()))
        raise PluginError(f"not supported by the stand-in plugin: {token}; it has {supported}")
    return TABLE[token]
