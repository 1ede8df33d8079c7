"""Images are the ones that somebody looked at, from where somebody chose."""

from collections.abc import Iterator

from common.credential_values import looks_like
from common.credentials import is_credential_name
from policies.pack import images, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import (
    CONTAINER,
    DOCKER_PROVIDER,
    REGISTRY_IMAGE,
    REMOTE_IMAGE,
    SERVICE,
)
from policies.pack.value import Value

PIN_URL = "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"
NAMING = (CONTAINER, REMOTE_IMAGE, REGISTRY_IMAGE, SERVICE)


def _named(resource: Resource) -> Value:
    if resource.type == CONTAINER:
        return resource["image"]
    if resource.type == SERVICE:
        return resource["taskSpec"]["containerSpec"]["image"]
    return resource["name"]


def _references(resource: Resource) -> Iterator[tuple[Value, images.Image]]:
    """The reference of the resource; none for an id, whose image is checked where it is pulled."""
    place = _named(resource)
    text = place.text()
    if text and not images.is_image_id(text):
        yield place, images.parse(text)


@rule(
    "docker-digest-pinned",
    on=NAMING,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Write the digest beside the tag: `repository:tag@sha256:…`.",
    frameworks=("Checkov CKV_K8S_43", "CIS Docker 4.2"),
    url=PIN_URL,
)
def docker_digest_pinned(resource: Resource) -> Findings:
    """A tag is moved by whoever owns the registry; this image reads the vault."""
    for place, image in _references(resource):
        if not image.digest.startswith("sha256:"):
            yield place.problem(f"is {place}, without a digest")


@rule(
    "docker-no-latest",
    on=NAMING,
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Name the version as the tag.",
    frameworks=("Trivy DS-0001", "Checkov CKV_K8S_14", "CKV_DOCKER_7"),
    url=PIN_URL,
)
def docker_no_latest(resource: Resource) -> Findings:
    """Nobody can say which version `latest` was yesterday."""
    for place, image in _references(resource):
        if image.moves:
            report = place.advice if image.digest else place.problem
            yield report(f"is {place}, without a tag that stays")


@rule(
    "docker-registry-allowed",
    on=(*NAMING, DOCKER_PROVIDER),
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Use an image of a declared repository, over TLS, or declare the repository.",
    frameworks=("CIS Docker 4.2", "CIS Docker 2.5"),
    url="https://docs.docker.com/engine/security/trust/",
    settings={
        "allowed": schema.texts(
            "Repositories, or their beginnings up to a slash, that images may come from.",
            "docker.io/1password/",
            "docker.io/cloudflare/",
            "docker.io/library/",
            "docker.io/nginx/",
            "docker.io/nginxinc/",
            "docker.io/prom/",
            "quay.io/prometheus/",
        )
    },
)
def docker_registry_allowed(resource: Resource, settings: Settings) -> Findings:
    """An image whose name looks almost right comes from somebody else."""
    if resource.type == DOCKER_PROVIDER:
        for auth in resource["registryAuth"].listed():
            if (auth["address"].text() or "").startswith("http://"):
                yield auth["address"].problem("is plain http")
        return
    for place, image in _references(resource):
        if not image.is_in(settings["allowed"]):
            yield place.problem(f"is {place}, of a repository that is not declared")
    if resource.type == REGISTRY_IMAGE and resource["insecureSkipVerify"].is_true:
        yield resource["insecureSkipVerify"].problem("is true")


@rule(
    "docker-build-closed",
    on=(REMOTE_IMAGE, REGISTRY_IMAGE),
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Hand credentials over as build secrets; fetch the context by https.",
    frameworks=("Trivy DS-0031", "CIS Docker 4.10"),
    url="https://docs.docker.com/build/building/secrets/",
)
def docker_build_closed(image: Resource) -> Findings:
    """What a build is given as an argument stays in the image for whoever pulls it."""
    build = image["build"]
    for place in (build["buildArgs"], build["labels"], build["label"]):
        for name, value in place.entries().items():
            if is_credential_name(name) and value.present:
                yield value.problem("gives a value to a credential")
            elif found := looks_like(value.text() or "", name):
                yield value.problem(f"is {found}")
    if build["networkMode"].equals("host"):
        yield build["networkMode"].problem('is "host"')
    context = (build["remoteContext"].text() or "").strip().lower()
    if context.startswith(("http://", "git://", "ftp://")):
        yield build["remoteContext"].problem(f"is {build['remoteContext']}, without TLS")
    for option in build["securityOpts"].items():
        if "unconfined" in (option.text() or "").lower():
            yield option.problem(f"is {option}")
