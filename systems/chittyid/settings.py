"""What ChittyID is: the block `chittyid:` of the configuration."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from config.access import Guard
from config.edge import Edge
from config.fields import HostName, NamespaceTitle, NotEmpty, ScriptName, Settings, Whole
from config.secret_fields import BearerToken
from config.system_parts import Database, Worker
from planning.refusals import RefusedError

SERVICE_SCOPES = ("mint", "validate", "read")
"""What a token may be allowed to do that is no administrator's."""


def _once(types: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({each for each in types if types.count(each) > 1})
    if twice:
        raise RefusedError(f"names {', '.join(twice)} more than once; name each type once")
    return types


Amount = Annotated[Whole, Field(ge=0, le=9_007_199_254_740_991)]
EntityType = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,8}$")]


class Copies(Settings):
    """Copies of records in KV: near to whoever reads them, never the truth."""

    namespace: NamespaceTitle
    """Title of the KV namespace."""


class Expected(Settings):
    """What it is expected to do a day, for limits and cost. Defaults: the volumes of ID-2."""

    mints_day: Amount = 500
    """Ids that are minted."""

    lookups_day: Amount = 100_000
    """Records that are read and ids that are validated."""

    kv_reads_day: Amount = 10_000
    """Reads of KV: a tenth of the look-ups at most; a data centre asks once a day for a record."""

    kv_writes_day: Amount = 500
    """Writes of KV: one for a record that is looked up for the first time in 30 days."""

    kv_deletes_day: Amount = 0
    """Deletes of KV. The worker makes none: copies expire."""

    kv_lists_day: Amount = 0
    """Lists of KV. The worker makes none."""


class ChittyId(Settings):
    """Ids: minted once, validated, read; and the tokens for that (ID-1 to ID-4)."""

    host: HostName
    """Host the worker answers at."""

    aliases: tuple[HostName, ...] = ()
    """Further hosts that answer the same. Default: none."""

    worker: Worker
    """The script."""

    copies: Copies
    """Copies of records in KV."""

    database: Database
    """Ids and tokens in D1."""

    entity_types: Annotated[tuple[EntityType, ...], NotEmpty, AfterValidator(_once)] = (
        "EVNT",
        "PEO",
        "PLACE",
        "PROP",
    )
    """Types that ids are minted for, two to eight capital letters each. Default: EVNT, PEO, PLACE
    and PROP."""

    unified_platform: ScriptName | None = None
    """Worker of somebody else that gets CHITTY_ID_TOKEN as its secret; its code stays its owner's.
    Default: none."""

    edge: Edge = Edge()
    """What the edge does for `host` and `aliases`: rules, limits, headers, health checks. Default:
    nothing."""

    access: tuple[Guard, ...] = ()
    """What of it Access stands before: the worker, or paths. Default: nothing."""

    expected: Expected = Expected()
    """What it is expected to do: held against the plan and the budget of KV, and priced. Default:
    100,000 look-ups and 500 ids a day."""


class ChittyIdSecrets(Settings):
    """What only the worker of ChittyID may know, and of that only the hashes."""

    ADMIN_TOKEN: BearerToken
    """Token of the administrator, who issues tokens and may do nothing else."""

    ADMIN_TOKEN_PREVIOUS: BearerToken | None = None
    """The administrator's token before this one, still taken. Default: none; set it for the time of
    a rotation."""

    CHITTY_ID_TOKEN: BearerToken
    """Token of `unified_platform`: mints, validates, reads."""

    CHITTY_ID_TOKEN_PREVIOUS: BearerToken | None = None
    """That token before this one, still taken. Default: none; set it for the time of a rotation."""
