"""The laptop's own engine as a machine of the host: the component of a real one, without a stack.

What the component registers goes to the engine at once. No state is kept: what an earlier one left
is found by its label, and goes first.
"""

from typing import Any

from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks, test

from components.docker_host import DockerHost
from provider.docker.engine import Engine
from provider.docker.resources import TABLE
from systems.onepassword_connect.containers.leftovers import take_away
from systems.onepassword_connect.layout import (
    CREDENTIALS,
    CREDENTIALS_FILE,
    TOKEN,
    TOKEN_FILE,
    Layout,
)

CONTENTS = {
    f"{CREDENTIALS}-seed": {CREDENTIALS_FILE: '{"stands": "for what 1Password gives out"}'},
    f"{TOKEN}-seed": {TOKEN_FILE: "stands for what Cloudflare gives out"},
}


class _Applied(Mocks):
    """Makes what is registered, and waits for it, as the plugin does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Make one; return its id and its properties."""
        if args.typ not in TABLE:
            return args.name, dict(args.inputs)
        resource = TABLE[args.typ]
        inputs = resource.completed(_opened(args.inputs))
        with self._engine.api() as api:
            known = resource.create(api, inputs)
            resource.begin(api, known, inputs)
        return known, inputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:  # noqa: ARG002
        """Answer nothing: the component asks nothing."""
        return {}, None


def bring_up(engine: Engine, layout: Layout) -> None:
    """Make the containers of *layout*; return when all that have a check are healthy.

    Raises what the engine refuses.
    """
    take_away(engine, layout.args.prefix)
    set_mocks(_Applied(engine))

    def program() -> None:
        DockerHost("host", layout.args, contents={**layout.files(), **CONTENTS})

    test(program)()  # type: ignore[no-untyped-call]  # waits for all that is registered


def _opened(value: Any) -> Any:
    """Return *value* with what is marked as a secret as it is, and whole numbers as such."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if rpc.is_rpc_secret(value):
        return _opened(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {name: _opened(each) for name, each in value.items()}
    return [_opened(each) for each in value] if isinstance(value, list) else value
