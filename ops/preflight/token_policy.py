"""The API token of a stack: as Cloudflare's API makes it, and as its dashboard names it (FW-11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from ops.errors import OpsError
from ops.preflight.declared_resources import Declared
from ops.stack.target import Target
from planning.permission_groups import family
from planning.token_needs import Need, needs_of, policies_for

PURPOSES = {False: "deployments of", True: "previews of"}
EDIT = {"Write": "Edit", "Read": "Read"}
"""What the dashboard calls rights."""


@dataclass(frozen=True)
class Wanted:
    """A token that may do just what a stack needs."""

    target: Target
    made: Declared
    read_only: bool = False
    """Whether it is for previews, which change nothing."""

    self_check: bool = False
    """Whether it may read tokens as well, its own policies among them."""

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{PURPOSES[self.read_only]} {self.target.name}"

    @property
    def needs(self) -> tuple[Need, ...]:
        """Its permissions."""
        zones = self.made.zones.values()
        account = self.made.account
        needs = needs_of(self.made.resources, account, zones, read_only=self.read_only)
        if not self.self_check:
            return needs
        return (*needs, Need(family("Account API Tokens", "account"), "Read", account, ("doctor",)))

    def document(self, ends: datetime | None = None) -> dict[str, Any]:
        """Return what `POST /accounts/{account_id}/tokens` takes. *ends*: default, never.

        Raises `OpsError` while the account or a zone has no id.
        """
        if lacking := ", ".join(self._without_id()):
            raise OpsError(
                f"Pulumi.{self.target.name}.yaml: {lacking}: not set, and a policy is for ids; "
                f"run python -m ops init {self.target.name}, or leave --json out"
            )
        made: dict[str, Any] = {"name": self.name, "policies": policies_for(self.needs)}
        return {**made, "expires_on": ends.strftime("%Y-%m-%dT%H:%M:%SZ")} if ends else made

    def table(self) -> Table:
        """Return its permissions as the dashboard names them."""
        zones = {identifier: f"zone {name}" for name, identifier in self.made.zones.items()}
        account = f"account {self.target.account}" if self.target.account else "the account"
        made = Table("permission", "for", "because of", box=None, pad_edge=False)
        for need in self.needs:
            shown = f"{need.family.scope.title()} > {need.family.name} > {EDIT[need.right]}"
            place = escape(zones.get(need.place, account))
            made.add_row(shown, place, ", ".join(need.why))
        return made

    def _without_id(self) -> Iterator[str]:
        if not self.target.account:
            yield "chittyos:account"
        yield from (f"id of {zone}" for zone in self.made.zones if zone not in self.target.zones)
