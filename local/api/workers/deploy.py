"""The edit that an upload makes: a version, its deployment, the namespaces of its classes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

from common.json_types import Json
from local.api.state import development_scripts
from local.api.state.state import State
from local.api.workers import bindings, exports
from local.api.workers.migrations import Ledger
from local.api.workers.upload import OLDEST_COMPATIBILITY_DATE, Upload
from local.records.model import Checked
from local.records.records import Kind, Records

KEPT_VERSIONS = 20
ALL = 100
DEVELOPER = "developer@localhost"


@dataclass(frozen=True)
class Deployed:
    """What a deployment left in the records; *removed* namespaces have lost their data."""

    script: Json
    version: Json
    removed: tuple[Json, ...] = ()


def deploy(
    records: Records, state: State, upload: Upload, checked: Checked | None = None
) -> Deployed:
    """Make *upload* the deployed version. Without *checked* its exports are not looked at."""
    script = records.get(Kind.SCRIPT, upload.name)
    previous = live_version(records, script) if script else newest_version(records, upload.name)
    version, ledger = draft(records, state, upload, checked, previous)
    for namespace in ledger.removed:
        records.remove(Kind.DURABLE_OBJECT, namespace["id"])
    for namespace in ledger.namespaces:
        if records.get(Kind.DURABLE_OBJECT, namespace["id"]) != namespace:
            records.put(Kind.DURABLE_OBJECT, namespace["id"], namespace)
    records.put(Kind.VERSION, version["id"], version)
    if script and upload.source == development_scripts.SOURCE:
        _forget_developed(records, script)
    made = _script(script or records.get(Kind.WORKER, upload.name), state, upload)
    script = release(records, state, made, [Share(version["id"], ALL)], version["annotations"])
    return Deployed(script, version, tuple(ledger.removed))


def draft(
    records: Records,
    state: State,
    upload: Upload,
    checked: Checked | None,
    previous: Json | None,
) -> tuple[Json, Ledger]:
    """Make the version of *upload*, and the namespaces as its migrations or exports leave them.

    *previous*: the version that it may inherit from.
    """
    ledger = Ledger(upload.name, records.all(Kind.DURABLE_OBJECT), upload.nonce)
    declaring = _apply_lifecycle(records, ledger, upload, checked)
    if checked and not declaring:
        ledger.must_be_exported(set(checked.exports))
    settled = bindings.settle(
        records,
        upload.name,
        upload.metadata.bindings or (),
        bindings.Inheritance(
            previous["bindings"] if previous else [],
            upload.metadata.kept_types(),
            upload.strict,
            upload.patch,
        ),
    )
    attached = bindings.attach(records, ledger, settled)
    return _version(records, state, upload, attached, checked) | declaring, ledger


def _apply_lifecycle(
    records: Records, ledger: Ledger, upload: Upload, checked: Checked | None
) -> Json:
    """Bring the namespaces to what *upload* migrates or declares; return what a version keeps."""
    declaring = exports.declared(upload.metadata.exports)
    if declaring:
        ledger.declares = True
        code = set(checked.exports) if checked else None
        around = exports.around(upload.name, *_others(records))
        report = exports.Reconciliation(ledger, declaring, code, around).run()
        live = {name: each.shown() for name, each in declaring.items() if each.is_live}
        return {"declared_exports": live, "exports_reconciliation": report}
    if upload.metadata.migrations:
        script = records.get(Kind.SCRIPT, upload.name)
        ledger.apply(upload.metadata.migrations, script["migration_tag"] if script else None)
    return {}


def _others(records: Records) -> tuple[dict[str, Json], Iterator[tuple[str, Json]]]:
    scripts = records.all(Kind.SCRIPT)
    bound = (
        (script["name"], binding)
        for script in scripts
        for binding in live_version(records, script)["bindings"]
    )
    return {script["name"]: script for script in scripts}, bound


@dataclass(frozen=True)
class Share:
    """How many of a hundred requests the version *version_id* is to answer."""

    version_id: str
    percentage: float


def release(
    records: Records, state: State, script: Json, shares: Sequence[Share], annotations: Json
) -> Json:
    """Deploy versions of *script* to their *shares*, and drop versions that are too old.

    The script has the bindings and settings of the version with the largest share.
    """
    largest = max(shares, key=lambda share: share.percentage)
    version = records.get(Kind.VERSION, largest.version_id)
    deployment = {
        "id": str(uuid4()),
        "script": script["name"],
        "source": version["source"] if version else "api",
        "strategy": "percentage",
        "author_email": DEVELOPER,
        "annotations": annotations,
        "created_on": state.now(),
        "versions": [asdict(share) for share in shares],
    }
    records.put(Kind.DEPLOYMENT, deployment["id"], deployment)
    released = script | {
        "version": largest.version_id,
        "shares": deployment["versions"] if len(shares) > 1 else [],
        "deployment_id": deployment["id"],
        "modified_on": state.now(),
    }
    records.remove(Kind.WORKER, script["name"])
    records.put(Kind.SCRIPT, script["name"], released)
    _prune(records, released)
    return released


def live_version(records: Records, script: Json) -> Json:
    """Find the version of *script* that serves; `RecordsError` when the records have lost it."""
    version = records.get(Kind.VERSION, script["version"])
    if version is None:
        raise records.damaged(f"script {script['name']} has lost its version")
    return version


def newest_version(records: Records, name: str) -> Json | None:
    """Find the version of a script that was uploaded last."""
    return next(iter(versions_of(records, name)), None)


def versions_of(records: Records, name: str) -> list[Json]:
    """Versions of a script, the newest first."""
    found = [v for v in records.all(Kind.VERSION) if v["script"] == name]
    return sorted(found, key=lambda v: -v["number"])


def deployments_of(records: Records, name: str) -> list[Json]:
    """Deployments of a script, the newest first."""
    return [d for d in reversed(records.all(Kind.DEPLOYMENT)) if d["script"] == name]


def _version(
    records: Records,
    state: State,
    upload: Upload,
    attached: list[Json],
    checked: Checked | None,
) -> Json:
    numbers = [v["number"] for v in versions_of(records, upload.name)]
    return _settings(upload) | {
        "id": str(uuid4()),
        "script": upload.name,
        "number": max(numbers, default=0) + 1,
        "created_on": state.now(),
        "source": upload.source,
        "annotations": _annotations(upload),
        "code": upload.code.sha,
        "main_module": upload.code.main_module,
        "modules": list(upload.code.modules),
        "bindings": attached,
        "handlers": list(checked.handlers) if checked else [],
        "exports": {k: list(v) for k, v in checked.exports.items()} if checked else {},
        "startup_time_ms": checked.startup_time_ms if checked else 0,
    }


def _annotations(upload: Upload) -> Json:
    given = upload.metadata.annotations or {}
    return {"workers/triggered_by": "upload"} | {k: v for k, v in given.items() if v is not None}


def _settings(upload: Upload) -> Json:
    defaults = {
        "compatibility_date": OLDEST_COMPATIBILITY_DATE,
        "compatibility_flags": [],
        "limits": {},
        "placement": {},
        "usage_model": "standard",
    }
    given = upload.metadata.model_dump(include=set(defaults), exclude_none=True)
    return defaults | {k: list(v) if isinstance(v, tuple) else v for k, v in given.items()}


def _script(script: Json | None, state: State, upload: Upload) -> Json:
    metadata = upload.metadata
    base = script or new_script(upload.name, state)
    tag = metadata.migrations.new_tag if metadata.migrations else None
    return base | {
        "migration_tag": tag or base["migration_tag"],
        "expecting": {
            name: each.transfer_from
            for name, each in exports.declared(metadata.exports).items()
            if each.state == "expecting-transfer"
        },
        "logpush": bool(metadata.logpush),
        "observability": metadata.observability or {"enabled": False},
        "tags": list(metadata.tags or base.get("tags", ())),
        "tail_consumers": list(metadata.tail_consumers or ()),
        "last_deployed_from": upload.source,
        "developed": _developed(base, upload),
    }


def new_script(name: str, state: State) -> Json:
    """Make what a script has before it has a version."""
    return {
        "name": name,
        "tag": uuid4().hex,
        "created_on": state.now(),
        "modified_on": state.now(),
        "migration_tag": None,
        "subdomain": {"enabled": False, "previews_enabled": False},
        "logpush": False,
        "observability": {"enabled": False},
        "tags": [],
        "tail_consumers": [],
        "last_deployed_from": "api",
        "shares": [],
    }


def _forget_developed(records: Records, script: Json) -> None:
    """Let a save take the place of the one before it: the versions that are kept are others."""
    if live_version(records, script)["source"] == development_scripts.SOURCE:
        records.remove(Kind.VERSION, script["version"])
        records.remove(Kind.DEPLOYMENT, script["deployment_id"])


def _developed(script: Json, upload: Upload) -> str | None:
    """Name the code that `make dev` put there, which stays its own when only settings change."""
    if upload.patch:
        return script.get("developed")
    return upload.code.sha if upload.source == development_scripts.SOURCE else None


def _prune(records: Records, script: Json) -> None:
    serving = {script["version"], *(share["version_id"] for share in script["shares"])}
    for version in versions_of(records, script["name"])[KEPT_VERSIONS:]:
        if version["id"] not in serving:
            records.remove(Kind.VERSION, version["id"])
    for deployment in deployments_of(records, script["name"])[KEPT_VERSIONS:]:
        records.remove(Kind.DEPLOYMENT, deployment["id"])
