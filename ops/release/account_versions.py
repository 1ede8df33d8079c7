"""How an account stands: what of a stack goes by versions, asked of API v4."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from common.json_types import Json
from components.d1_client import Database
from components.d1_ledger import read_ledger
from ops.backup.parallel import in_order
from ops.cloudflare_api.client import Client, environment_token
from ops.engine.resources import database_names, name_of, short_type
from ops.errors import OpsError
from ops.release.deployed_versions import scripts_of, shares_of
from ops.release.release_record import Standing
from ops.stack.target import Target
from planning.refusals import RefusedError

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
    with Client(target.api, environment_token()) as asked:
        questions = [*_questions(asked, target.account, resources), *_ledgers(target, resources)]
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


def _questions(asked: Client, account: str, resources: list[Json]) -> Iterator[Question]:
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
            of = f"/zones/{known['zoneId']}" if known.get("zoneId") else f"/accounts/{account}"
            read = partial(_field, asked, f"{of}/rulesets/{known['id']}", "version")
            yield "rulesets", name_of(each["urn"]), read


def _field(asked: Client, path: str, name: str) -> str:
    answer = asked.get(path)
    if not answer.good:
        raise OpsError(f"{path} is not known: the API answers {answer.reason}")
    return str((answer.result or {}).get(name) or "")


def _tags(asked: Client, account: str, scripts: set[str]) -> dict[str, str]:
    path = f"/accounts/{account}/workers/scripts"
    answer = asked.get(path)
    if not answer.good:
        raise OpsError(f"{path} is not known: the API answers {answer.reason}")
    listed = [each for each in answer.result or [] if each.get("id") in scripts]
    return {each["id"]: each["migration_tag"] for each in listed if each.get("migration_tag")}


def _ledgers(target: Target, resources: list[Json]) -> Iterator[Question]:
    """Yield what asks each database which files were applied to it.

    The state does not know of those that went through before one failed.
    """
    for name, id_, _ in _migrated(resources):
        yield "migrations", name, partial(_files, target, name, id_)


def _files(target: Target, name: str, id_: str) -> tuple[str, ...]:
    try:
        ledger = read_ledger(Database(target.api, target.account, id_))
    except RefusedError as error:
        raise OpsError(f"the files of database {name} are those of the state: {error}") from None
    return tuple(sorted({*ledger.checksums, *ledger.wrangler}))


def _applied(resources: list[Json]) -> Iterator[tuple[str, object]]:
    """Yield each database with the files that were applied to it, as the state says."""
    for name, _, files in _migrated(resources):
        yield name, files


def _migrated(resources: list[Json]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each database with migrations: its name, its id, and the files that the state has."""
    names = database_names(resources)
    for each in resources:
        told = each.get("outputs") or {}
        if short_type(each["urn"]) == "D1Migrations" and told.get("database_id") in names:
            id_ = str(told["database_id"])
            yield names[id_], id_, tuple(told.get("applied") or ())
