"""D1 databases and their migrations."""

from collections.abc import Sequence
from pathlib import Path

import pulumi

from components.args import Args
from components.binding import Binding
from components.d1_migrations import D1Migrations
from components.provider_api import api_of
from components.retention import keep
from components.sdk import cloudflare
from planning.ledger import File, check_files
from planning.refusals import RefusedError


class DatabaseArgs(Args):
    """What one database is."""

    database: str
    """Its name in the account."""

    location: str | None = None
    """Where its primary lies (weur, enam …). Default: close to who creates it."""

    files: tuple[File, ...] = ()
    """Migrations, see `read_files`. Default: none."""

    retain: bool = True
    """Whether it is protected and stays when the stack goes. Default: it does."""


class Database(pulumi.ComponentResource):
    """A D1 database. Children: the database under the name of the component, `<name>-migrations`.

    A worker that is bound to it waits for its migrations. They are applied over the API that the
    provider of the component talks to, with the token of CLOUDFLARE_API_TOKEN.
    """

    database_id: pulumi.Output[str]
    """Id of the database."""

    def __init__(
        self,
        name: str,
        args: DatabaseArgs,
        *,
        account_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        shown = {**args.model_dump(exclude={"files"}), "files": [f.name for f in args.files]}
        super().__init__("chittyos:cloudflare:Database", name, shown, opts)
        database = cloudflare.D1Database(
            name,
            account_id=account_id,
            name=args.database,
            primary_location_hint=args.location,
            # An update without it is refused: "expected object, received null".
            read_replication={"mode": "disabled"},
            opts=keep(self, retain=args.retain),
        )
        self.database_id = database.id
        self._migrations = D1Migrations(
            f"{name}-migrations",
            args.files,
            target={
                "account_id": account_id,
                "database_id": database.id,
                "base_url": api_of(self),
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"databaseId": self.database_id})

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """The migrations: a worker never meets a database without its tables."""
        return (self._migrations,)

    def binding(self, name: str) -> Binding:
        """Show the database to a worker as `env.<name>`."""
        return {"name": name, "type": "d1", "id": self.database_id}


def read_files(folder: Path) -> tuple[File, ...]:
    """Read the migrations of a database in order, or refuse a folder that is not in order."""
    files = [File(path.name, path.read_text(encoding="utf-8")) for path in folder.glob("*.sql")]
    try:
        return check_files(files)
    except RefusedError as error:
        place = f"{folder.parent.name}/{folder.name}"
        raise RefusedError(
            "\n".join(f"{place}: {fault}" for fault in str(error).splitlines())
        ) from None
