"""The whole configuration of a stack, checked before anything is registered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config import checks, references
from config.blocks import Reader
from config.chittyconnect import ChittyConnect, ChittyConnectSettings
from config.deployment import Deployment
from config.model import Environment
from config.problems import ConfigError, plain, show_address, unknown
from config.rollouts import Circumstances
from config.secret_values import Resolve, read_secrets
from config.secrets import ChittyConnectSecrets
from config.source import Source, from_engine
from planning import addresses
from planning.refusals import RefusedError
from planning.zones import zone_of

BASE_URL = "cloudflare:baseUrl"
NAMESPACES = ("chittyos", "chittyconnect", "cloudflare", "pulumi")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class PlatformConfig:
    """All a program needs to know about its stack."""

    stack: str
    deployment: Deployment
    chittyconnect: ChittyConnect
    base_url: str | None
    """Address of the API. `None`: Cloudflare's own."""

    @property
    def retain(self) -> bool:
        """Whether what holds data is protected and outlives the stack."""
        return self.deployment.environment is not Environment.DEVELOPMENT

    def zone_id(self, host: str) -> str:
        """Id of the zone that *host* lies in."""
        ids = {zone.name: zone.id for zone in self.deployment.zones}
        return ids[zone_of(host, ids)]


def load(
    stack: str,
    source: Source | None = None,
    *,
    resolve: Resolve = references.resolve,
    beside: Path = ROOT,
    now: datetime | None = None,
) -> PlatformConfig:
    """Check the configuration of *stack* as a whole.

    *source* is what the engine handed to the program by default, *beside* the folder with the
    files of the other stacks, *now* the present. Raises `ConfigError` with every
    problem, a line each; no line holds a secret.
    """
    reader = Reader(stack, source or from_engine(stack))
    _check_keys(reader)
    deployment = reader.model("chittyos", Deployment, reader.block("chittyos"))
    system = _chittyconnect(reader, resolve)
    base_url = _base_url(reader, deployment)
    if deployment and system and not reader.problems:
        around = Circumstances(now or datetime.now(UTC), beside)
        for path, text in checks.check(stack, deployment, system, around):
            reader.say(path, text)
    if reader.problems or deployment is None or system is None:
        raise ConfigError(reader.problems)
    return PlatformConfig(stack, deployment, system, base_url)


def _check_keys(reader: Reader) -> None:
    for key in sorted(reader.source.values):
        namespace = key.partition(":")[0]
        if namespace not in NAMESPACES:
            reader.say(key, unknown(namespace, NAMESPACES))
        elif namespace == "cloudflare" and key != BASE_URL:
            reader.say(
                key,
                f"is not allowed (value not shown); only {BASE_URL} is, and the token comes from "
                f"the environment (CLOUDFLARE_API_TOKEN); remove it: pulumi config rm {plain(key)} "
                f"--stack {reader.stack}",
            )


def _chittyconnect(reader: Reader, resolve: Resolve) -> ChittyConnect | None:
    block = reader.block("chittyconnect")
    given = [name for name in ChittyConnectSecrets.model_fields if name in block]
    plain = {name: value for name, value in block.items() if name not in given}
    settings = reader.model("chittyconnect", ChittyConnectSettings, plain)
    secrets = read_secrets(reader, "chittyconnect", ChittyConnectSecrets, given, resolve)
    return ChittyConnect(**dict(settings), secrets=secrets) if settings and secrets else None


def _base_url(reader: Reader, deployment: Deployment | None) -> str | None:
    given = reader.source.values.get(BASE_URL)
    if deployment is None:
        return None
    if deployment.environment is Environment.DEVELOPMENT or deployment.rehearsal:
        _check_local(reader, given)
    elif given is not None:
        reader.say(
            BASE_URL,
            f"{deployment.environment} talks to Cloudflare itself; remove it: "
            f"pulumi config rm {BASE_URL} --stack {reader.stack}",
        )
    return given


def _check_local(reader: Reader, given: object) -> None:
    try:
        addresses.local_port(given)
    except RefusedError as error:
        said = "must be set" if given is None else f"{show_address(given)} is refused"
        reader.say(
            BASE_URL,
            f"{said}: a development stack, or a rehearsal, talks to the local Cloudflare only; "
            f"{error}",
        )
