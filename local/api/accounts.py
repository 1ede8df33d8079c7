"""The account, its user, its token, its zones."""

from typing import Any

from common.json_types import Json
from local.api.http.call import Call
from local.api.http.envelope import page
from local.api.http.grants import may
from local.api.http.routing import Family
from local.api.state.made_tokens import ACTIVE, OWN_TOKEN_ID, status_of
from local.api.state.state import Account, Zone
from local.api.state.zone_plans import told_plan
from local.api.workers.addresses import zone_of
from local.api.workers.deploy import DEVELOPER

USER_ID = "2" * 32
ROLE = "Super Administrator - All Privileges"

family = Family("Accounts, users, zones")


@family("GET", "/user")
async def get_user(_call: Call) -> Json:
    return {"id": USER_ID, "email": DEVELOPER, "first_name": None, "last_name": None}


@family("GET", "/user/tokens/verify")
async def verify_user_token(_call: Call) -> Json:
    return {"id": OWN_TOKEN_ID, "status": ACTIVE}


@family("GET", "/accounts/{account_id}/tokens/verify")
async def verify_account_token(call: Call) -> Json:
    made = call.token
    if made is None:
        return {"id": OWN_TOKEN_ID, "status": ACTIVE}
    dated: Json = {name: made[name] for name in ("expires_on", "not_before") if name in made}
    return {"id": made["id"], "status": status_of(made, call.state.now()), **dated}


@family("GET", "/memberships")
async def list_memberships(call: Call) -> Any:
    membership = {
        "id": USER_ID,
        "status": "accepted",
        "account": _account(call.state.account),
        "roles": [ROLE],
    }
    return page([membership], call.query)


@family("GET", "/accounts")
async def list_accounts(call: Call) -> Any:
    account = _account(call.state.account)
    return page([account] if call.query.get("name") in (None, account["name"]) else [], call.query)


@family("GET", "/accounts/{account_id}")
async def get_account(call: Call) -> Json:
    return _account(call.state.account)


@family("GET", "/zones", note="zones are given to the local Cloudflare when it starts")
async def list_zones(call: Call) -> Any:
    account = call.state.account
    records = call.state.records
    seen = [zone for zone in account.zones if may(call, "Zone", "zone", "Read", zone.id)]
    zones = [_zone(account, zone, told_plan(records, zone.id)) for zone in seen]
    for name in ("name", "status"):
        asked = call.query.get(name, "").removeprefix("equal:")
        zones = [zone for zone in zones if not asked or zone[name] in asked.split(",")]
    if call.query.get("account.id", account.id) != account.id:
        zones = []
    return page(zones, call.query)


@family("GET", "/zones/{zone_id}")
async def get_zone(call: Call) -> Json:
    zone = zone_of(call)
    return _zone(call.state.account, zone, told_plan(call.state.records, zone.id))


def _account(account: Account) -> Json:
    return {
        "id": account.id,
        "name": account.name,
        "type": "standard",
        "settings": {"enforce_twofactor": False},
        "created_on": _time(account),
    }


def _plan(plan: str | None) -> Json:
    """Show the plan that a zone was told; one that may do everything is none of Cloudflare's."""
    name = plan or "local"
    return {
        "id": name,
        "legacy_id": name,
        "name": name.title(),
        "price": 0,
        "currency": "USD",
        "is_subscribed": plan is not None,
    }


def _zone(account: Account, zone: Zone, plan: str | None) -> Json:
    return {
        "id": zone.id,
        "name": zone.name,
        "status": "active",
        "paused": False,
        "type": "full",
        "development_mode": 0,
        "name_servers": ["ns1.localhost", "ns2.localhost"],
        "original_name_servers": None,
        "original_registrar": None,
        "original_dnshost": None,
        "created_on": _time(account),
        "modified_on": _time(account),
        "activated_on": _time(account),
        "meta": {"phishing_detected": False, "page_rule_quota": 3, "step": 2},
        "owner": {"id": None, "type": "user", "email": None},
        "account": {"id": account.id, "name": account.name},
        "permissions": ["#zone:read", "#zone:edit"],
        "plan": _plan(plan),
    }


def _time(account: Account) -> str:
    return account.created.isoformat(timespec="seconds").replace("+00:00", "Z")
