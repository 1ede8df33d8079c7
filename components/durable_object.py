"""Durable Object classes: their bindings, and the migrations their worker still needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.binding import Binding
from components.sdk import cloudflare
from planning.durable_objects import Migration, Step
from planning.refusals import RefusedError

Migrations = cloudflare.WorkersScriptMigrationsArgsDict
MigrationStep = cloudflare.WorkersScriptMigrationsStepArgsDict


@dataclass(frozen=True)
class DurableObject:
    """A class of the same worker, whose objects keep their data in SQLite."""

    class_name: str

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing: the class arrives with the upload."""
        return ()

    def binding(self, name: str) -> Binding:
        """Show the namespace of the class to its worker as `env.<name>`."""
        return {
            "name": name,
            "type": "durable_object_namespace",
            "class_name": self.class_name,
        }


def live_tag(
    account_id: str, script: str, provider: pulumi.ProviderResource | None = None
) -> str | None:
    """Ask the account which migration tag *script* is at; `None` where it has none.

    *provider*: the one to ask by; default: that of the stack.
    Raises `RefusedError` where the account does not answer.
    """
    try:
        listed = cloudflare.get_workers_scripts(
            account_id=account_id, opts=pulumi.InvokeOptions(provider=provider)
        )
    except pulumi.RunError:
        raise
    except Exception as error:  # noqa: BLE001 - the SDK raises no narrower one
        raise RefusedError(
            f"the account does not say which workers it has, and Durable Objects are migrated "
            f"from what is live: {error}; see that the token may read Workers Scripts"
        ) from None
    for live in listed.results or ():
        if live.id == script:
            return live.migration_tag or None
    return None


def migrations(pending: Migration | None) -> Migrations | None:
    """Put what is *pending* in the provider's words."""
    if pending is None:
        return None
    made: Migrations = {"new_tag": pending.new_tag, "steps": [_step(s) for s in pending.steps]}
    if pending.old_tag is not None:
        made["old_tag"] = pending.old_tag
    return made


def declared(history: Sequence[Step]) -> dict[str, Any]:
    """Show the whole *history* in the state and to policies; uploads carry what is pending."""
    return {
        "steps": [
            {
                "tag": step.tag,
                "newSqliteClasses": list(step.new_sqlite_classes),
                "renamedClasses": [{"from": old, "to": new} for old, new in step.renamed_classes],
                "deletedClasses": list(step.deleted_classes),
                "approvedBy": step.approved_by,
            }
            for step in history
        ]
    }


def _step(step: Step) -> MigrationStep:
    return {
        "new_sqlite_classes": list(step.new_sqlite_classes),
        "renamed_classes": [{"from_": old, "to": new} for old, new in step.renamed_classes],
        "deleted_classes": list(step.deleted_classes),
    }
