"""The migrations of a D1 database as a resource of the stack.

The engine keeps the provider below in its state, by reference: its module and name are a
contract, and nothing but calls belongs into it, so that a change of the code is no change of the
stack. What it does stands in `d1_ledger`, which only the provider's own process imports.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from planning.ledger import File

Props = dict[str, Any]


class D1MigrationsProvider(ResourceProvider):
    """Applies SQL files in order, once. Leaving the stack undoes nothing."""

    def check(self, _olds: Props, news: Props) -> CheckResult:
        from components import d1_ledger  # noqa: PLC0415 - see the module

        return d1_ledger.check(_olds, news)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        from components import d1_ledger  # noqa: PLC0415

        return d1_ledger.diff(_olds, _news)

    def create(self, props: Props) -> CreateResult:
        from components import d1_ledger  # noqa: PLC0415

        return d1_ledger.create(props)

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        from components import d1_ledger  # noqa: PLC0415

        return d1_ledger.update(_news)

    def read(self, id_: str, props: Props) -> ReadResult:
        from components import d1_ledger  # noqa: PLC0415

        return d1_ledger.read(id_, props)


class D1Migrations(Resource, module="chittyos", name="D1Migrations"):
    """SQL *files* that *database* has to have. The token comes from CLOUDFLARE_API_TOKEN."""

    def __init__(
        self,
        name: str,
        files: Sequence[File],
        *,
        target: dict[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take *target* as `account_id`, `database_id` and `base_url`."""
        listed = [{"name": f.name, "sha256": f.sha256, "sql": f.sql} for f in files]
        props = {**target, "files": listed, "applied": None}
        super().__init__(D1MigrationsProvider(), name, props, opts)
