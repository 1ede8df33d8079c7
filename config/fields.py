"""The base of every settings model, and the types the models share."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from common.field_docstrings import describe
from planning import (
    address_lists,
    addresses,
    compatibility,
    cron,
    names,
    notifications,
    routes,
    version_shares,
)
from planning.refusals import RefusedError


class Settings(BaseModel):
    """Plain values, frozen, and none that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with what stands under each field."""
        schema = handler(core_schema)
        describe(cls, handler.resolve_ref_schema(schema))
        return schema


class Environment(StrEnum):
    """What a stack is for. It is not the name of the stack: `pr-7` is a development stack."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


def _text(example: str, pattern: str | None = None) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "examples": [example]}
    if pattern:
        schema["pattern"] = pattern
    return WithJsonSchema(schema)


def _not_empty(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise RefusedError("it is a list of at least one entry")
    return items


def _named_once(items: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({each for each in items if items.count(each) > 1}):
        raise RefusedError(f"it has {', '.join(twice)} more than once; name it once")
    return items


def _share(share: Decimal) -> Decimal:
    if not Decimal(0) <= share <= Decimal(1) or share != round(share, 2):
        raise RefusedError("a share is a number from 0.00 to 1.00 with two decimals")
    return share


def _no_float_noise(value: object) -> object:
    return repr(value) if isinstance(value, float) else value


def _moment(value: object) -> object:
    """Refuse a number: it would be taken for the seconds since 1970."""
    number = isinstance(value, bool | int | float | Decimal)
    if number or (isinstance(value, str) and not _DATED.match(value)):
        raise RefusedError("it is a time with time zone (2026-11-21T10:00:00Z)")
    return value


_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


_STACKABLE = r"a-z0-9{}_-"
"""Names may hold {stack} or {stack_}, which stand for the name of the stack."""

AccountId = Annotated[
    str, AfterValidator(names.ACCOUNT.check), _text("0123456789abcdef" * 2, "^[0-9a-f]{32}$")
]
ScriptName = Annotated[
    str, AfterValidator(names.SCRIPT.check), _text("greeter", f"^[{_STACKABLE}]+$")
]
BucketName = Annotated[
    str, AfterValidator(names.BUCKET.check), _text("documents", f"^[{_STACKABLE}]+$")
]
QueueName = Annotated[str, AfterValidator(names.QUEUE.check), _text("events", f"^[{_STACKABLE}]+$")]
DatabaseName = Annotated[
    str, AfterValidator(names.DATABASE.check), _text("greeter", f"^[{_STACKABLE}]+$")
]
DatasetName = Annotated[
    str, AfterValidator(names.DATASET.check), _text("requests", r"^[A-Za-z0-9{}_]+$")
]
AddressListName = Annotated[
    str,
    BeforeValidator(lambda name: name.replace("-", "_") if isinstance(name, str) else name),
    AfterValidator(address_lists.check_name),
    _text("watched", r"^[a-z0-9{}_-]{1,60}$"),
]
"""A name of a stack has dashes, that of a list has none: one is read as `_`."""

NamespaceTitle = Annotated[str, AfterValidator(names.NAMESPACE.check), _text("greeter")]
HostName = Annotated[
    str, AfterValidator(names.HOST.check), _text("api.chitty.cc", f"^[.{_STACKABLE}]+$")
]
RoutePattern = Annotated[str, AfterValidator(routes.check_route), _text("api.chitty.cc/app/*")]
VariableName = Annotated[
    str, AfterValidator(names.VARIABLE.check), _text("LOG_LEVEL", "^[A-Za-z_][A-Za-z0-9_]*$")
]
ClassName = Annotated[str, AfterValidator(names.CLASS.check), _text("SessionStateDO")]
MigrationTag = Annotated[str, AfterValidator(names.TAG.check), _text("v1")]
VersionId = Annotated[
    str,
    AfterValidator(version_shares.check_id),
    _text(
        "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e",
        "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    ),
]
Cron = Annotated[str, AfterValidator(cron.check_cron), _text("*/5 * * * *")]
CompatibilityDate = Annotated[
    str, AfterValidator(compatibility.check_date), _text("2026-11-01", r"^\d{4}-\d{2}-\d{2}$")
]
ListedAddresses = Annotated[tuple[str, ...], AfterValidator(address_lists.check_addresses)]
"""Addresses and networks that a list takes, each once."""
Origin = Annotated[str, AfterValidator(addresses.check_origin), _text("https://api.chitty.cc")]
Email = Annotated[str, AfterValidator(notifications.check_email), _text("platform@chitty.cc")]
Emails = Annotated[tuple[Email, ...], AfterValidator(_named_once)]
"""Mail addresses, each once: a notification takes none twice."""
Url = Annotated[str, AfterValidator(addresses.check_address), _text("https://connect.example.com")]
Whole = Annotated[int, Field(strict=True)]
"""A whole number written as one: no switch, no text, no 5.0."""
Positive = Annotated[Whole, Field(gt=0, le=9_007_199_254_740_991)]
"""A whole number from 1 to the largest that a worker counts to without a gap."""
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A time with time zone."""
NotEmpty = AfterValidator(_not_empty)
"""At least one entry. Pydantic's own limit would also complain when an entry is wrong."""
Share = Annotated[
    Decimal,
    BeforeValidator(_no_float_noise),
    AfterValidator(_share),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": 1}),
]
"""A share of all, 0.00 to 1.00, with two decimals."""
