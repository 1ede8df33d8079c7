"""Tunnels lead where somebody said, to services that prove who they are, and nowhere else."""

import base64
import binascii
import ipaddress
import re

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import TUNNEL, TUNNEL_CONFIG, TUNNEL_ROUTE
from policies.pack.value import Value

TUNNEL_URL = (
    "https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/"
)
REFUSES = re.compile(r"http_status:4\d\d")
OPEN_SERVICE = re.compile(
    r"(?i)^(?:bastion|socks-proxy|hello[_-]world)$|(?:docker|containerd|podman|crio)\S*\.sock"
    r"|:237[56](?:/|$)|169\.254\.169\.254|metadata\.google|fd00:ec2::254|:10250(?:/|$)|:2379(?:/|$)"
)
"""Proxies, the page of a test, and the doors of daemons, clusters and the cloud's own metadata."""

SECRET_BYTES, FEWEST_BYTES = 32, 8
NARROWEST = {4: 24, 6: 64}


def _ingresses(config: Resource) -> list[Value]:
    return config["config"]["ingresses"].items()


def is_refusal(ingress: Value) -> bool:
    """Whether the ingress answers with a status instead of a service."""
    return (ingress["service"].text() or "").startswith("http_status:")


@rule(
    "tunnel-catch-all-404",
    on=TUNNEL_CONFIG,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy='End with the ingress {"service": "http_status:404"}; give all others a hostname.',
    frameworks=("Cloudflare Tunnel: ingress rules",),
    url=f"{TUNNEL_URL}do-more-with-tunnels/local-management/configuration-file/",
)
def tunnel_catch_all_404(config: Resource) -> Findings:
    """A request that no rule expects must meet a refusal, not the last service in the list."""
    ingresses = _ingresses(config)
    if not ingresses:
        if config["config"]["ingresses"].known:
            yield config["config"]["ingresses"].problem("is empty")
        return
    *earlier, last = ingresses
    yield from (each.problem("has no hostname") for each in earlier if each["hostname"].empty)
    for each in earlier:
        if (each["hostname"].text() or "").strip() == "*":
            yield each["hostname"].problem('is "*": every request that no rule expects')
    if last["hostname"].present or last["path"].present:
        yield last.problem("is the last and matches some requests only")
    elif last["service"].known and not REFUSES.fullmatch(last["service"].text() or ""):
        yield last["service"].problem(f"is {last['service']}, the fall-through of every request")


@rule(
    "tunnel-no-tls-verify-off",
    on=TUNNEL_CONFIG,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Take noTlsVerify away; give the origin a certificate, or name its caPool.",
    frameworks=("Prowler: zone_ssl_strict", "OWASP ASVS 9.2.1"),
    url=f"{TUNNEL_URL}configure-tunnels/cloudflared-parameters/origin-parameters/#notlsverify",
)
def tunnel_no_tls_verify_off(config: Resource) -> Findings:
    """An origin whose certificate nobody checks may be anybody."""
    for place in (config["config"], *_ingresses(config)):
        if place["originRequest"]["noTlsVerify"].is_true:
            yield place["originRequest"]["noTlsVerify"].problem("is true")


@rule(
    "tunnel-jwt-per-ingress",
    on=TUNNEL_CONFIG,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Give each ingress originRequest.access: required true and the audience tag of its app.",
    frameworks=("cloudflare/cloudflared#784", "cloudflare/cloudflare-docs#32006"),
    url=f"{TUNNEL_URL}configure-tunnels/cloudflared-parameters/origin-parameters/#access",
    settings={"publicHostnames": schema.texts("Hosts that are public on purpose.")},
)
def tunnel_jwt_per_ingress(config: Resource, settings: Settings) -> Findings:
    """The tunnel itself checks Access only where the ingress says so; a common block is ignored."""
    common = config["config"]["originRequest"]["access"]
    if common.present:
        yield common.problem("is ignored by cloudflared; it must stand in each ingress")
    for ingress in _ingresses(config):
        host = ingress["hostname"]
        if host.present and host.text() not in settings["publicHostnames"]:
            yield from _unchecked(ingress)


def _unchecked(ingress: Value) -> Findings:
    access = ingress["originRequest"]["access"]
    if is_refusal(ingress):
        return
    if access["required"].is_not_true:
        yield access["required"].problem("is not true")
        return
    for key in ("audTags", "teamName"):
        if access[key].empty:
            yield access[key].problem("is empty")


@rule(
    "tunnel-service-narrow",
    on=TUNNEL_CONFIG,
    severity=Severity.CRITICAL,
    levels=DEPLOYED,
    remedy="Name the one service behind the host; reach machines by Access for Infrastructure.",
    frameworks=("CIS Docker 5.32", "OWASP API7"),
    url=f"{TUNNEL_URL}configure-tunnels/cloudflared-parameters/origin-parameters/#proxytype",
)
def tunnel_service_narrow(config: Resource) -> Findings:
    """A proxy, the daemon of Docker or the metadata of a machine behind a host opens all of it."""
    for place in (config["config"], *_ingresses(config)):
        proxy = place["originRequest"]["proxyType"]
        if proxy.equals("socks"):
            yield proxy.problem('is "socks": it leads wherever the client says')
    for ingress in _ingresses(config):
        service = ingress["service"]
        if OPEN_SERVICE.search(service.text() or ""):
            yield service.problem(f"is {service}, which leads to more than one service")


@rule(
    "tunnel-remote-managed",
    on=TUNNEL,
    severity=Severity.LOW,
    levels=PRODUCTION,
    remedy='Set configSrc to "cloudflare", and the secret to 32 random bytes in base64.',
    frameworks=("Cloudflare Tunnel: remotely-managed tunnels",),
    url=f"{TUNNEL_URL}get-started/",
)
def tunnel_remote_managed(tunnel: Resource) -> Findings:
    """A tunnel configured by a file on its host is changed where nobody reviews it."""
    if tunnel["configSrc"].differs("cloudflare"):
        yield tunnel["configSrc"].problem('is not "cloudflare"')
    secret = tunnel["tunnelSecret"].text()
    if secret is not None and _is_weak(secret):
        yield tunnel["tunnelSecret"].problem("is not 32 random bytes")


def _is_weak(secret: str) -> bool:
    try:
        raw = base64.b64decode(secret, validate=True)
        return len(raw) < SECRET_BYTES or len(set(raw)) < FEWEST_BYTES
    except (binascii.Error, ValueError):
        return True


@rule(
    "tunnel-route-narrow",
    on=TUNNEL_ROUTE,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Route the addresses that are needed, or declare the network under wide.",
    url=f"{TUNNEL_URL}../../routes/add-routes/",
    settings={"wide": schema.texts("Networks that may be routed whole.")},
)
def tunnel_route_narrow(route: Resource, settings: Settings) -> Findings:
    """A wide route opens a whole network to every enrolled device."""
    place = route["network"]
    try:
        network = ipaddress.ip_network((place.text() or "").strip(), strict=False)
    except ValueError:
        return
    narrowest = NARROWEST[network.version]
    if network.prefixlen < narrowest and place.text() not in settings["wide"]:
        yield place.problem(f"is {place}, wider than /{narrowest}")
