"""From the records of Access to what the edge asks of a request."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from common.json_types import Json
from local.records.model import TEAMS, Access
from local.records.records import Kind, Records
from planning.access import seconds_of

SIDES = ("include", "exclude", "require")
HOSTS = ("all_workers", "worker")
PREVIEWS = ("all_workers", "all_preview_workers", "worker", "preview_worker")
"""Destinations that guard a worker, and those that guard its previews: the later one wins."""


def guarded(records: Records, account: str) -> Access:
    """Return what guards the hosts and workers of *account*; nothing where nothing does."""
    kept = records.all(Kind.ACCESS_APPLICATION)
    if not kept:
        return Access()
    claims = [_claims(records, kinds) for kinds in (HOSTS, PREVIEWS)]
    applications = tuple(_application(records, app, *claims) for app in kept)
    organization = records.get(Kind.ACCESS_ORGANIZATION, "organization") or {}
    team = organization.get("auth_domain") or f"{account}.{TEAMS}"
    return Access(team, applications, tuple(map(_token, records.all(Kind.ACCESS_TOKEN))))


def _application(
    records: Records, app: Json, hosts: Mapping[str, str], previews: Mapping[str, str]
) -> Json:
    session = seconds_of(app["session_duration"])
    return {
        "id": app["id"],
        "aud": app["aud"],
        "name": app["name"],
        "places": [each["uri"] for each in app["destinations"] if each["type"] == "public"],
        "workers": sorted(name for name, owner in hosts.items() if owner == app["id"]),
        "previews": sorted(name for name, owner in previews.items() if owner == app["id"]),
        "policies": list(_policies(records, app, session)),
        "session_seconds": session,
        "revoked_at": _seconds(app.get("revoked_at")) or 0,
        "token_header": app.get("read_service_tokens_from_header"),
        "unauthorized": app["service_auth_401_redirect"],
        "preflights_pass": app["options_preflight_bypass"],
        "cookie": {
            "http_only": app["http_only_cookie_attribute"],
            "same_site": app.get("same_site_cookie_attribute") or "none",
            "own_path": app["path_cookie_attribute"],
        },
        "denied": app.get("custom_deny_message") or "",
    }


def _claims(records: Records, kinds: tuple[str, ...]) -> dict[str, str]:
    """Map each script that destinations of *kinds* are about to the application of the last."""
    return {
        script: app["id"]
        for kind in kinds
        for app in records.all(Kind.ACCESS_APPLICATION)
        for each in app["destinations"]
        if each["type"] == kind
        for script in _scripts(records, each)
    }


def _scripts(records: Records, destination: Json) -> Iterator[str]:
    """Yield the scripts that *destination* is about."""
    known = destination.get("worker_id")
    for script in records.all(Kind.SCRIPT):
        if known is None or known in (script["tag"], script["name"]):
            yield script["name"]


def _policies(records: Records, app: Json, session: float) -> Iterator[Json]:
    for attached in app["policies"]:
        policy = records.get(Kind.ACCESS_POLICY, attached["id"])
        if policy is None:
            raise records.damaged(f"application {app['name']} has lost a policy")
        own = seconds_of(policy["session_duration"])
        yield {
            "id": policy["id"],
            "decision": policy["decision"],
            "session_seconds": min(own, session),
            **_sides(records, policy),
        }


def _sides(records: Records, holder: Json) -> Json:
    return {side: [_rule(records, rule) for rule in holder[side]] for side in SIDES}


def _rule(records: Records, rule: Json) -> Json:
    if "group" not in rule:
        return rule
    group = records.get(Kind.ACCESS_GROUP, rule["group"]["id"])
    if group is None:
        raise records.damaged(f"a policy has lost the group {rule['group']['id']}")
    return {"group": _sides(records, group)}


def _token(token: Json) -> Json:
    former = token.get("previous_sha256")
    end = token.get("previous_client_secret_expires_at")
    secrets: list[Json] = [{"sha256": token["secret_sha256"], "until": None}]
    if former:
        secrets.append({"sha256": former, "until": _seconds(end) or 0})
    return {
        "id": token["id"],
        "client_id": token["client_id"],
        "secrets": secrets,
        "until": _seconds(token["expires_at"]),
        "enabled": token["enabled"],
    }


def _seconds(moment: Any) -> float | None:
    return datetime.fromisoformat(moment).timestamp() if moment else None
