"""How an account stands: what of a stack goes by versions, asked of API v4."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from common.json_types import Json
from ops.backup.parallel import in_order
from ops.engine.resources import database_names, name_of, short_type
from ops.errors import OpsError
from ops.release.deployed import scripts_of, shares_of
from ops.release.record import Standing
from ops.setup.api import Api, api
from ops.stack.target import Target

Question = tuple[str, str, Callable[[], object]]
"""Field of a standing, name in it, and what asks for the value."""


ALL = ""
"""Name of a question whose answer is of several names."""


def standing(target: Target, resources: Iterable[Json]) -> Standing:
    """Ask how the account of *target* stands with *resources*, those of the state of its stack.

    What cannot be asked is named in it: a deployment is not stopped for that.
    """
    resources = list(resources)
    found: dict[str, dict[str, object]] = {"migrations": dict(_applied(resources))}
    unknown: list[str] = []
    with api(target.api, os.environ.get("CLOUDFLARE_API_TOKEN", "")) as asked:
        questions = list(_questions(asked, target.account, resources))
        for (field, name, _), value in zip(questions, in_order(_answer, questions), strict=True):
            if isinstance(value, OpsError):
                unknown.append(str(value))
            elif value:
                found.setdefault(field, {})[name] = value
    tags = found.pop("tags", {}).get(ALL)
    return Standing.model_validate({**found, "tags": tags or {}, "unknown": unknown})


def _answer(question: Question) -> object:
    try:
        return question[2]()
    except OpsError as error:
        return error


def _questions(asked: Api, account: str, resources: list[Json]) -> Iterator[Question]:
    scripts = scripts_of(resources)
    for script in scripts:
        yield "versions", script, partial(shares_of, asked, account, script)
    if scripts:
        yield "tags", ALL, partial(_tags, asked, account, set(scripts))
    for each in resources:
        known = {**(each.get("inputs") or {}), **(each.get("outputs") or {}), "id": each.get("id")}
        if short_type(each["urn"]) == "D1Database":
            path = f"/accounts/{account}/d1/database/{known.get('uuid') or known['id']}"
            read = partial(_field, asked, f"{path}/time_travel/bookmark", "bookmark")
            yield "bookmarks", str(known["name"]), read
        elif short_type(each["urn"]) == "Ruleset":
            read = partial(
                _field, asked, f"/zones/{known['zoneId']}/rulesets/{known['id']}", "version"
            )
            yield "rulesets", name_of(each["urn"]), read


def _field(asked: Api, path: str, name: str) -> str:
    answer = asked.get(path)
    if not answer.good:
        raise OpsError(f"{path} is not known: the API answers {answer.reason}")
    return str((answer.result or {}).get(name) or "")


def _tags(asked: Api, account: str, scripts: set[str]) -> dict[str, str]:
    path = f"/accounts/{account}/workers/scripts"
    answer = asked.get(path)
    if not answer.good:
        raise OpsError(f"{path} is not known: the API answers {answer.reason}")
    listed = [each for each in answer.result or [] if each.get("id") in scripts]
    return {each["id"]: each["migration_tag"] for each in listed if each.get("migration_tag")}


def _applied(resources: Iterable[Json]) -> Iterator[tuple[str, object]]:
    """Yield each database with the files that were applied to it, as the state says."""
    resources = list(resources)
    names = database_names(resources)
    for each in resources:
        told = each.get("outputs") or {}
        if short_type(each["urn"]) == "D1Migrations" and told.get("database_id") in names:
            yield names[told["database_id"]], tuple(told.get("applied") or ())
