"""Rulesets as they are sent. A field that is not known is refused: in silence it would not act."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from common.json_types import Json
from local.api.http.call import Body
from local.records.model import EXECUTED_PHASES

RECORDED = (
    "ddos_l7",
    "http_config_settings",
    "http_custom_errors",
    "http_log_custom_fields",
    "http_request_dynamic_redirect",
    "http_request_firewall_managed",
    "http_request_late_transform",
    "http_request_origin",
    "http_request_redirect",
    "http_request_sanitize",
    "http_request_sbfm",
    "http_request_transform",
    "http_response_compression",
    "http_response_firewall_managed",
)
"""Phases whose rules are kept and read back, and act on nothing."""


def _known(phase: str) -> str:
    if phase not in (*EXECUTED_PHASES, *RECORDED):
        raise ValueError(f"it is one of {', '.join((*EXECUTED_PHASES, *RECORDED))}")
    return phase


Phase = Annotated[str, AfterValidator(_known)]
Count = Annotated[int, Field(ge=0)]


class Strict(Body):
    """A part of a body that has these fields and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Response(Strict):
    """An answer of one's own."""

    status_code: int = Field(ge=400, le=499)
    content_type: Literal["application/json", "text/html", "text/plain", "text/xml"]
    content: str


class HeaderChange(Strict):
    """What is done to one header of the answer."""

    operation: Literal["set", "add", "remove"]
    value: str | None = None
    expression: str | None = None


class RateLimit(Strict):
    """What is counted, and how much of it is too much."""

    characteristics: list[str] = Field(min_length=1)
    period: Count
    requests_per_period: int = Field(ge=1)
    mitigation_timeout: Count | None = None
    counting_expression: str | None = None
    requests_to_origin: bool | None = None


class Logging(Strict):
    """Whether matches are logged."""

    enabled: bool


class Rule(Strict):
    """A rule as it is sent. What the API adds to one is taken again, and not read."""

    expression: str
    action: str
    id: str | None = None
    ref: str | None = None
    description: str = ""
    enabled: bool = True
    action_parameters: Json | None = None
    ratelimit: RateLimit | None = None
    logging: Logging | None = None
    version: Any = None
    last_updated: Any = None
    categories: Any = None


class Position(Strict):
    """Where a rule is put among the others: one of these."""

    before: str | None = None
    after: str | None = None
    index: Annotated[int, Field(ge=1)] | None = None


class NewRule(Rule):
    """A rule that is added, and where. Default: at the end."""

    position: Position | None = None


class RuleChange(Strict):
    """What changes of a rule."""

    expression: str | None = None
    action: str | None = None
    ref: str | None = None
    description: str | None = None
    enabled: bool | None = None
    action_parameters: Json | None = None
    ratelimit: RateLimit | None = None
    logging: Logging | None = None
    position: Position | None = None


class EntryPoint(Strict):
    """The ruleset of a phase as it is put."""

    rules: tuple[Rule, ...] = ()
    name: str = ""
    description: str = ""


class Ruleset(Strict):
    """A ruleset as it is made, or put by its id. Phase and kind never change."""

    name: str = Field(min_length=1)
    kind: Literal["zone"]
    phase: Phase
    rules: tuple[Rule, ...] = ()
    description: str = ""


class RulesetChange(Strict):
    """A ruleset as it is put by its id."""

    rules: tuple[Rule, ...] = ()
    name: str | None = None
    description: str | None = None
    kind: str | None = None
    phase: str | None = None
    id: str | None = None
