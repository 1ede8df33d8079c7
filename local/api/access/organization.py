"""The organisation of the account: its team name. It is there from the first; nobody deletes it."""

import re
from typing import Any

from common.json_types import Json
from local.api.access import errors
from local.api.access.policies import check_duration, refuse_unknown, said
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import State
from local.records.model import PIN_PROVIDER, TEAMS
from local.records.records import Kind, Records

ORGANIZATION = "/accounts/{account_id}/access/organizations"
PROVIDERS = "/accounts/{account_id}/access/identity_providers"
PIN: Json = {"id": PIN_PROVIDER, "name": "One-time PIN", "type": "onetimepin", "config": {}}
KEY = "organization"
NOT_HERE = (
    "allow_authenticate_via_warp",
    "custom_pages",
    "deny_unmatched_requests",
    "mfa_config",
    "mfa_required_for_all_apps",
)
ACTING = "`auth_domain` acts; sessions, seats, the sweep of tokens and the rest are kept only"
_TEAM = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?" + re.escape(f".{TEAMS}"))

family = Family("Access organisation", errors.BODY)


class Inactivity(Body):
    """What becomes of service tokens that nobody uses."""

    enabled: bool
    action: str
    inactivity_threshold_days: int


class Organization(Body):
    """What is changed of the organisation."""

    name: str | None = None
    auth_domain: str | None = None
    session_duration: str | None = None
    is_ui_read_only: bool | None = None
    ui_read_only_toggle_reason: str | None = None
    user_seat_expiration_inactive_time: str | None = None
    warp_auth_session_duration: str | None = None
    auto_redirect_to_identity: bool | None = None
    strict_service_token_auth: bool | None = None
    service_token_inactivity: Inactivity | None = None


@family("GET", ORGANIZATION)
async def get_organization(call: Call) -> Json:
    return current(call.state)


@family("PUT", ORGANIZATION, extent="partial", note=ACTING)
async def change_organization(call: Call) -> Json:
    given = await said(call)
    refuse_unknown(given, NOT_HERE, "organisations")
    body = call.parse(Organization, given)
    _check(body)

    def edit(records: Records) -> Json:
        changed = {**current(call.state), **body.model_dump(exclude_none=True)}
        return records.put(
            Kind.ACCESS_ORGANIZATION, KEY, {**changed, "updated_at": call.state.now()}
        )

    return await call.state.change(edit)


@family("GET", PROVIDERS, note="one, whose PINs stand in the log")
async def list_providers(call: Call) -> Any:
    return page([PIN], call.query)


@family("GET", f"{PROVIDERS}/{{provider_id}}")
async def get_provider(call: Call) -> Json:
    if call.params["provider_id"] != PIN_PROVIDER:
        raise errors.not_found("identity provider", call.params["provider_id"])
    return PIN


def current(state: State) -> Json:
    """Return the organisation, as it was made or as it was changed."""
    made: Json = {
        "name": state.account.name,
        "auth_domain": f"{state.account.name}.{TEAMS}",
        "session_duration": "24h",
        "is_ui_read_only": False,
        "strict_service_token_auth": True,
        "created_at": state.account.created.isoformat(),
    }
    return state.records.get(Kind.ACCESS_ORGANIZATION, KEY) or made


def _check(body: Organization) -> None:
    if body.auth_domain is not None and not _TEAM.fullmatch(body.auth_domain):
        raise errors.invalid(f"auth_domain: it is a name below {TEAMS}")
    if body.session_duration is not None:
        check_duration(body.session_duration)
    if body.strict_service_token_auth is False:
        raise errors.invalid(
            "strict_service_token_auth: organisations made since 2026-10-05 cannot switch it off"
        )
    days = body.service_token_inactivity
    if days and not 30 <= days.inactivity_threshold_days <= 365:  # noqa: PLR2004
        raise errors.invalid("service_token_inactivity.inactivity_threshold_days: 30 to 365")
