"""From the records of Access to what the edge asks of a request."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from common.json_types import Json
from local.records.model import TEAMS, Access
from local.records.records import Kind, Records
from planning.access import seconds_of

SIDES = ("include", "exclude", "require")


def guarded(records: Records, account: str) -> Access:
    """Return what guards the hosts and workers of *account*; nothing where nothing does."""
    applications = tuple(_application(records, a) for a in records.all(Kind.ACCESS_APPLICATION))
    if not applications:
        return Access()
    kept = records.get(Kind.ACCESS_ORGANIZATION, "organization") or {}
    team = kept.get("auth_domain") or f"{account}.{TEAMS}"
    return Access(team, applications, tuple(map(_token, records.all(Kind.ACCESS_TOKEN))))


def _application(records: Records, app: Json) -> Json:
    session = seconds_of(app["session_duration"])
    return {
        "id": app["id"],
        "aud": app["aud"],
        "name": app["name"],
        "places": [each["uri"] for each in app["destinations"] if each["type"] == "public"],
        "workers": sorted(_workers(records, app)),
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


def _workers(records: Records, app: Json) -> Iterator[str]:
    """Yield the scripts that *app* stands before; previews have no host here."""
    scripts = records.all(Kind.SCRIPT)
    for each in app["destinations"]:
        if each["type"] == "all_workers":
            yield from (script["name"] for script in scripts)
        elif each["type"] == "worker":
            known = (each["worker_id"],)
            yield from (s["name"] for s in scripts if s["tag"] in known or s["name"] in known)


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
