"""One service: whose it is, which stacks it has, and what it can do."""

from dataclasses import dataclass, field
from typing import Any

from lookalikes.pulumi_cloud.store import Store
from lookalikes.pulumi_cloud.updates import Updates

Json = dict[str, Any]
SCHEMA = 4
"""Newest version of deployments that is kept."""


@dataclass
class Service:
    """What requests act on."""

    store: Store
    user: str
    organizations: tuple[str, ...]
    """Where stacks may be, the first by default. The user is one."""

    journal: int
    """Newest version of journals that is taken. 0: the engine sends checkpoints."""

    delta_bytes: int
    """Size from which on a checkpoint is sent as edits of the one before."""

    updates: Updates = field(init=False)

    def __post_init__(self) -> None:
        self.updates = Updates(self.user, self.journal)

    def account(self) -> Json:
        """Return who the access token is of."""
        return {
            "id": self.user,
            "githubLogin": self.user,
            "name": self.user,
            "email": f"{self.user}@localhost",
            "avatarUrl": "",
            "organizations": [
                {"githubLogin": each, "name": each, "avatarUrl": ""} for each in self.organizations
            ],
            "identities": [],
        }

    def capabilities(self) -> Json:
        """Return what an engine may ask for. Journals are agreed on when an update starts."""
        told: list[tuple[str, int, Json | None]] = [
            ("delta-checkpoint-uploads-v2", 2, {"checkpointCutoffSizeBytes": self.delta_bytes}),
            ("batch-encrypt", 1, None),
            ("deployment-schema-version", 1, {"version": SCHEMA}),
            ("begin-update", 1, None),
            ("stack-outputs", 1, None),
        ]
        return {
            "capabilities": [
                {"capability": name, "version": version}
                | ({"configuration": configuration} if configuration else {})
                for name, version, configuration in told
            ]
        }
