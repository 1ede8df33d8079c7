"""Errors of Durable Object classes: of migrations, of exports, and of what is bound to them."""

from collections.abc import Iterable

from local.api.errors import ApiError

NEW = "new-sqlite-class"
RENAME = "rename-class"
TRANSFER = "transfer-class"


def namespace_not_found(namespace_id: str) -> ApiError:
    return ApiError(404, 10066, f"Durable Object namespace '{namespace_id}' was not found.")


def class_not_configured(name: str) -> ApiError:
    return ApiError(
        400,
        10061,
        f"Cannot create binding for class '{name}' because it is not currently configured to "
        "implement Durable Objects. Configure a migration to add this class.",
    )


def class_script_missing(script: str) -> ApiError:
    return ApiError(
        400, 10061, f"Cannot create binding for class in script '{script}' that does not exist."
    )


def class_still_bound(name: str) -> ApiError:
    return ApiError(
        400,
        10061,
        f"Cannot apply --delete-class migration to class '{name}' without also removing the "
        "binding that references it.",
    )


def class_dropped(name: str) -> ApiError:
    return ApiError(
        400,
        10064,
        f"New version of script does not export class '{name}' which is depended on by existing "
        "Durable Objects. Did you forget to include it? If you renamed it, try a rename-class "
        "migration. If you want to delete all the Durable Objects implemented by the class, you "
        "can use a delete-class migration",
    )


def migrated_class_not_exported(migration: str, name: str) -> ApiError:
    return ApiError(
        400,
        10070,
        f"Cannot apply {migration} migration to class '{name}' that is not exported by script",
    )


def class_exists(migration: str, name: str) -> ApiError:
    return ApiError(
        400,
        10074,
        f"Cannot apply {migration} migration to class '{name}' that is already depended on by "
        "existing Durable Objects",
    )


def class_unknown(migration: str, name: str) -> ApiError:
    return ApiError(
        400,
        10074,
        f"Cannot apply {migration} migration to class '{name}' which was not exported in the "
        "previous version of the script",
    )


def wrong_migration_tag(current: str | None) -> ApiError:
    return ApiError(
        412, 10079, f"Migration tag precondition failed; current tag is {current or '(none)'}"
    )


def key_value_class(name: str) -> ApiError:
    return ApiError(
        400,
        10099,
        f"Cannot create a key-value backed Durable Object namespace for class '{name}'; you must "
        "create it using a `new_sqlite_classes` migration.",
    )


def exports_and_migrations() -> ApiError:
    """Refuse both. The code is the local API's own."""
    return ApiError(
        400, 10021, "`exports` and `migrations` are mutually exclusive; send one of them"
    )


def exports_not_reconciled(faults: Iterable[tuple[str, str, str]]) -> ApiError:
    told = "; ".join(f"{name}: {scenario}: {text}" for name, scenario, text in faults)
    return ApiError(400, 100402, f"The exports cannot be reconciled with what there is: {told}")


def exports_differ() -> ApiError:
    return ApiError(
        400,
        100405,
        "The versions of a deployment must declare the same Durable Object exports; deploy one of "
        "them to all requests first.",
    )


def binding_needs_export(binding: str, name: str) -> ApiError:
    return ApiError(
        400,
        100406,
        f"Binding '{binding}' depends on the export '{name}', which is not declared as a live "
        "Durable Object; declare it, or remove the binding.",
    )
