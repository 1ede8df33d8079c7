"""Where the states of stacks on real accounts are kept, and the place of one among them."""

from urllib.parse import urlsplit

from common.credential_values import is_repeatable
from common.files import replace
from config.reading.document import read_document
from ops.engine.process import pulumi
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.environment import environment_for
from ops.stack.target import read_target
from toolchain import engine

PROJECT_FILE = "Pulumi.yaml"
SCHEMES = ("file", "s3", "gs", "azblob", "https")
PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind
EXISTS = "already exists"


def make(paths: Paths, stack: str, url: str | None, provider: str | None) -> list[str]:
    """Make *stack* in its backend, and say what was done.

    *url*: where states are kept, for all stacks of the project; default, what it says already, or
    where `pulumi login` leads. *provider* encrypts its secrets; default, a passphrase. Raises
    `OpsError` with why it could not be made; then the file of the stack is written all the same.
    """
    said = [_set(paths, url)] if url else []
    found = engine.ensure(engine.Places(paths.root))
    environment_for(paths, read_target(paths, stack), None).apply()
    chosen = ["--secrets-provider", provider or PASSPHRASE]
    try:
        pulumi(found.path, ["stack", "init", stack, "--no-select", *chosen], cwd=paths.root)
    except OpsError as error:
        if EXISTS in str(error):
            return [*said, f"the stack {stack} is there already"]
        raise OpsError(
            f"Pulumi.{stack}.yaml is written, and the stack is not made: {error}; log in "
            f"(pulumi login, or --backend URL), export PULUMI_CONFIG_PASSPHRASE where secrets are "
            f"encrypted by a passphrase, and run python -m ops init {stack} again"
        ) from None
    return [*said, f"made the stack {stack}; its secrets are encrypted by {provider or PASSPHRASE}"]


def check(paths: Paths, url: str) -> None:
    """Raise `OpsError` unless *url* may be where states are kept, and no other address is set."""
    _check_form(url)
    if _there(paths) not in {None, url}:
        raise OpsError(
            f"{PROJECT_FILE}: backend.url is set to another address, and nothing is overwritten; "
            f"move the states first (pulumi stack export and import), then change it there"
        )


def _there(paths: Paths) -> str | None:
    project = read_document(paths.root / PROJECT_FILE, PROJECT_FILE)
    url = (project.get("backend") or {}).get("url")
    return str(url) if url else None


def _set(paths: Paths, url: str) -> str:
    """Write *url* into the project's file, which every engine reads; overwrite none."""
    check(paths, url)
    path = paths.root / PROJECT_FILE
    if _there(paths) is None:
        text = path.read_text(encoding="utf-8").rstrip("\n")
        replace(path, f"{text}\nbackend:\n  url: {url}\n".encode())
    return f"states are kept at {url}"


def _check_form(url: str) -> None:
    shown = repr(url) if is_repeatable(url) else "the address (not shown)"
    if (
        urlsplit(url).scheme not in SCHEMES
        or not is_repeatable(url)
        or any(c.isspace() for c in url)
    ):
        raise OpsError(
            f"--backend: {shown} is no address of a backend without a credential in it; it begins "
            f"with {', '.join(f'{each}://' for each in SCHEMES)}"
        )
