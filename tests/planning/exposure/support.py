"""Resources as an engine knows them, for maps of a few of them."""

from typing import Any

from planning.exposure.exposure import map_of
from planning.exposure.graph import Resource
from planning.exposure.model import Exposure, Way
from planning.exposure.zones import Zone

ZONE, OTHER = "1" * 32, "2" * 32
ZONES = (Zone("chitty.cc", ZONE, "free", "production"), Zone("cc.chitty.cc", OTHER, "pro", "other"))
STACK = "urn:pulumi:s::p::"


def urn(kind: str, name: str) -> str:
    return f"{STACK}{kind}::{name}"


def made(kind: str, name: str, /, parent: str = "", sources=None, **inputs) -> Resource:
    """Return a resource of Cloudflare; *sources* names `Type name` of what an input is made of."""
    token = f"cloudflare:index/x:{kind}"
    edges = {
        key: tuple(urn(*each.split(" ")) for each in of) for key, of in (sources or {}).items()
    }
    return Resource(urn(kind, name), token, name, inputs, parent, f"{kind}-{name}-id", edges)


def component(kind: str, name: str, /, parent: str = "", **inputs) -> Resource:
    return Resource(urn(kind, name), f"chittyos:system:{kind}", name, inputs, parent)


def script(name: str, /, **more) -> Resource:
    return made("WorkersScript", name, scriptName=name, **more)


def domain(host: str, service: str) -> Resource:
    return made("WorkersCustomDomain", host, hostname=host, service=service)


def subdomain(name: str, *, enabled: bool = False, previews: bool | None = False) -> Resource:
    return made(
        "WorkersScriptSubdomain",
        name,
        scriptName=name,
        enabled=enabled,
        previewsEnabled=previews,
    )


def application(name: str, /, *policies: str, **inputs) -> Resource:
    """Return an application of Access with *policies*, each the name of a resource."""
    listed = [{"id": f"ZeroTrustAccessPolicy-{each}-id"} for each in policies]
    return made("ZeroTrustAccessApplication", name, name=name, policies=listed, **inputs)


def policy(name: str, decision: str, /, *includes: Any, **more) -> Resource:
    return made(
        "ZeroTrustAccessPolicy", name, name=name, decision=decision, includes=list(includes), **more
    )


def drawn(*resources: Resource) -> Exposure:
    return map_of(resources, ZONES, ())


def ways(*resources: Resource) -> dict[str, Way]:
    """Return each way of a map by its host and path."""
    return {f"{way.host}{way.path}": way for way in drawn(*resources).ways}
