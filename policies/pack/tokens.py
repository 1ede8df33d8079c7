"""Type tokens of the resources that rules judge; a test checks each against the installed SDKs."""


def cloudflare(name: str) -> str:
    """Token of a Cloudflare resource: `r2Bucket` is `cloudflare:index/r2Bucket:R2Bucket`."""
    return f"cloudflare:index/{name}:{name[0].upper()}{name[1:]}"


def docker(name: str) -> str:
    """Token of a Docker resource."""
    return f"docker:index/{name}:{name[0].upper()}{name[1:]}"


WORKERS_SCRIPT = cloudflare("workersScript")
WORKER_VERSION = cloudflare("workerVersion")
WORKER = cloudflare("worker")
R2_BUCKET = cloudflare("r2Bucket")
R2_CORS = cloudflare("r2BucketCors")
KV_NAMESPACE = cloudflare("workersKvNamespace")
D1_DATABASE = cloudflare("d1Database")
QUEUE = cloudflare("queue")
ZONE = cloudflare("zone")
SECRETS_STORE = cloudflare("secretsStore")
TUNNEL = cloudflare("zeroTrustTunnelCloudflared")
DOCKER_VOLUME = docker("volume")
COMPONENT_WORKER = "chittyos:cloudflare:Worker"
STACK = "pulumi:pulumi:Stack"

ALIASES: dict[str, str] = {}
"""Deprecated twins that version 6 still carries, to the token that replaced each."""


def canonical(token: str) -> str:
    """Return the current token of a type, whichever twin the program used."""
    return ALIASES.get(token, token)
