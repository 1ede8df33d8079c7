"""Scripts, versions and deployments as the API answers them."""

from common.json_types import Json
from local.api.state.snapshot import has_preview
from local.api.workers.bindings import shown
from local.api.workers.deploy import DEVELOPER


def script(record: Json, version: Json) -> Json:
    """Show a script as lists and uploads answer it."""
    return {
        "id": record["name"],
        "tag": record["tag"],
        "etag": version["code"],
        "handlers": version["handlers"],
        "named_handlers": [
            {"name": name, "handlers": handlers} for name, handlers in version["exports"].items()
        ],
        "has_assets": False,
        "has_modules": True,
        "created_on": record["created_on"],
        "modified_on": record["modified_on"],
        "compatibility_date": version["compatibility_date"],
        "compatibility_flags": version["compatibility_flags"],
        "deployment_id": record["deployment_id"],
        "entry_point": version["main_module"],
        "last_deployed_from": record["last_deployed_from"],
        "logpush": record["logpush"],
        "migration_tag": record["migration_tag"],
        "observability": record["observability"],
        "placement": version["placement"],
        "startup_time_ms": version["startup_time_ms"],
        "tags": record["tags"],
        "tail_consumers": record["tail_consumers"],
        "usage_model": version["usage_model"],
    }


def service(record: Json, version: Json) -> Json:
    """Show a script as `workers/services` answers it: one environment, production."""
    environment = {
        "environment": "production",
        "script": script(record, version),
        "script_tag": record["tag"],
        "created_on": record["created_on"],
        "modified_on": record["modified_on"],
    }
    return {
        "id": record["name"],
        "default_environment": environment,
        "environments": [environment],
        "created_on": record["created_on"],
        "modified_on": record["modified_on"],
    }


def settings(record: Json, version: Json) -> Json:
    """Show what `settings` answers. `placement` is never absent: the official plugin needs it."""
    return script_settings(record) | {
        "bindings": [shown(binding) for binding in version["bindings"]],
        "compatibility_date": version["compatibility_date"],
        "compatibility_flags": version["compatibility_flags"],
        "limits": version["limits"],
        "migration_tag": record["migration_tag"],
        "placement": version["placement"],
        "usage_model": version["usage_model"],
        "annotations": version["annotations"],
    }


def script_settings(record: Json) -> Json:
    return {name: record[name] for name in ("logpush", "observability", "tags", "tail_consumers")}


def version_summary(version: Json, record: Json) -> Json:
    """Show a version of the script *record* as lists answer it."""
    return {
        "id": version["id"],
        "number": version["number"],
        "metadata": {
            "created_on": version["created_on"],
            "modified_on": version["created_on"],
            "source": version["source"],
            "author_id": "0" * 32,
            "author_email": DEVELOPER,
            "hasPreview": has_preview(version, record),
        },
        "annotations": version["annotations"],
    }


def version_detail(version: Json, record: Json) -> Json:
    """Show a version with all that it consists of."""
    shown_exports = {name: version[name] for name in ("exports_reconciliation",) if name in version}
    return version_summary(version, record) | {
        "resources": {
            "bindings": [shown(binding) for binding in version["bindings"]],
            "script": {
                "etag": version["code"],
                "handlers": version["handlers"],
                "last_deployed_from": version["source"],
            },
            "script_runtime": {
                "compatibility_date": version["compatibility_date"],
                "compatibility_flags": version["compatibility_flags"],
                "usage_model": version["usage_model"],
                "limits": version["limits"],
                "migration_tag": record["migration_tag"],
            },
        },
        "startup_time_ms": version["startup_time_ms"],
        **shown_exports,
    }


def deployment(record: Json) -> Json:
    return {key: value for key, value in record.items() if key != "script"}
