"""Where the states of stacks on real accounts are kept, and the place of one among them."""

import os

from common.files import replace
from ops.engine.process import pulumi
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import state_location
from ops.stack.environment import environment_for
from ops.stack.target import read_target
from ops.state_store.address import IN_PROJECT, PROJECT_FILE, VARIABLE, in_project, parse
from toolchain import engine

PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind
EXISTS = "already exists"


def make(paths: Paths, stack: str, url: str | None, provider: str | None) -> list[str]:
    """Make *stack* in its backend, and say what was done.

    *url*: where states are kept, for all stacks of the project; default, what it says already, or
    where `pulumi login` leads. *provider* encrypts its secrets; default, a passphrase. Raises
    `OpsError` with why it could not be made; then the file of the stack is written all the same.
    """
    target = read_target(paths, stack)
    environment_for(paths, target, None).apply()
    before = (paths.root / PROJECT_FILE).read_bytes()
    said = [_set(paths, url)] if url else []
    found = engine.ensure(engine.Places(paths.root))
    chosen = ["--secrets-provider", provider or PASSPHRASE]
    try:
        state_location.reach(paths, target)
        pulumi(found.path, ["stack", "init", stack, "--no-select", *chosen], cwd=paths.root)
    except OpsError as error:
        if EXISTS in str(error):
            return [*said, f"the stack {stack} is there already"]
        replace(paths.root / PROJECT_FILE, before)  # a wrong address is not kept
        raise OpsError(
            f"Pulumi.{stack}.yaml is written, and the stack is not made: {error}; log in "
            f"(pulumi login, or --backend URL), export PULUMI_CONFIG_PASSPHRASE where secrets are "
            f"encrypted by a passphrase, and run this again"
        ) from None
    return [*said, f"made the stack {stack}; its secrets are encrypted by {provider or PASSPHRASE}"]


def check(paths: Paths, url: str) -> None:
    """Raise `OpsError` unless *url* may be where states are kept, and no other address is set."""
    wanted, known = parse(url, "--backend"), in_project(paths.root)
    if known and parse(known, IN_PROJECT).place != wanted.place:
        raise OpsError(
            f"{PROJECT_FILE}: backend.url is set to another address, and nothing is overwritten; "
            f"move the states, which changes it: python -m ops state migrate STACK --to URL"
        )


def _set(paths: Paths, url: str) -> str:
    """Write *url* into the project's file, which every engine reads; overwrite none."""
    check(paths, url)
    goes_before = os.environ.get(VARIABLE)
    if goes_before and parse(goes_before, VARIABLE).place != parse(url).place:
        raise OpsError(
            f"{VARIABLE} is set to another address, which goes before --backend; unset it, then "
            f"run this again"
        )
    path = paths.root / PROJECT_FILE
    if in_project(paths.root) is None:
        text = path.read_text(encoding="utf-8").rstrip("\n")
        replace(path, f"{text}\nbackend:\n  url: {url}\n".encode())
    return f"states are kept at {url}"
