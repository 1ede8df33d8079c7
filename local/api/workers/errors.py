"""Errors of Workers scripts, with the codes and texts of the real API where they are known."""

from collections.abc import Iterable

from local.api.errors import ApiError, BodyErrors

NEW = "new-sqlite-class"
RENAME = "rename-class"
TRANSFER = "transfer-class"


def malformed_body(detail: str) -> ApiError:
    """Refuse a body: Workers have one code for what is no JSON and what is JSON of another form."""
    return ApiError(
        400,
        10026,
        f"Could not parse request body. Please ensure the request is valid and try again: {detail}",
    )


BODY = BodyErrors(malformed_body, malformed_body)


def script_not_found() -> ApiError:
    return ApiError(404, 10007, "This Worker does not exist on your account.")


def service_not_found() -> ApiError:
    return ApiError(404, 10090, "workers.api.error.service_not_found")


def invalid_script_name(name: str) -> ApiError:
    return ApiError(
        400,
        10016,
        f"script name {name!r} is invalid; use up to 63 lower-case letters, digits, dashes and "
        "underscores, a letter, digit or underscore first",
    )


def invalid_script(detail: str) -> ApiError:
    return ApiError(400, 10021, detail)


def binding_needs(name: str, kind: str, field: str) -> ApiError:
    return ApiError(
        400, 10021, f"binding {name} of type {kind} must have a valid `{field}` specified"
    )


def binding_unnamed() -> ApiError:
    return ApiError(400, 10052, "every binding must have a valid `name` specified")


def binding_name_taken(name: str) -> ApiError:
    return ApiError(
        400,
        10053,
        f"Binding name '{name}' already in use. Please use a different name and try again.",
    )


def text_too_large(name: str, size: int, largest: int) -> ApiError:
    """Refuse a text by the code and first words of the real API; its status is only plausible."""
    return ApiError(
        400,
        10054,
        f"workers.api.error.text_binding_too_large: binding {name} takes {size} bytes, at most "
        f"{largest} are allowed; shorten it",
    )


def kv_namespace_missing(namespace_id: str) -> ApiError:
    return ApiError(400, 10041, f"KV namespace '{namespace_id}' not found.")


def bucket_missing(bucket: str) -> ApiError:
    return ApiError(
        400, 10085, f"R2 bucket '{bucket}' not found. Please use a different name and try again."
    )


def database_missing(binding: str, database_id: str) -> ApiError:
    return ApiError(
        400,
        10181,
        f"D1 binding '{binding}' references database '{database_id}' which was not found.",
    )


def queue_missing(queue: str) -> ApiError:
    return ApiError(400, 11002, f"Queue '{queue}' was not found")


def service_missing(binding: str, service: str) -> ApiError:
    return ApiError(
        400,
        10143,
        f"Service binding '{binding}' references Worker '{service}' which was not found.",
    )


def cannot_inherit(binding: str, detail: str) -> ApiError:
    return ApiError(400, 10057, f"inherit binding '{binding}' is invalid: {detail}")


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


def consumes_a_queue() -> ApiError:
    return ApiError(
        400,
        10064,
        "Cannot delete this Worker as it is a consumer for a Queue. Remove it from the Queue's "
        "consumers first, then retry.",
    )


def is_referenced(by: str) -> ApiError:
    return ApiError(
        400,
        10064,
        f"Cannot delete this Worker as Worker '{by}' is bound to it. Remove the binding first, or "
        "delete with force=true.",
    )


def invalid_cron(cron: str, detail: str) -> ApiError:
    return ApiError(400, 10100, f"invalid cron string: {cron!r}: {detail}")


def route_exists() -> ApiError:
    return ApiError(409, 10020, "A route with the same pattern already exists")


def route_script_missing(script: str) -> ApiError:
    return ApiError(400, 10019, f"Worker '{script}' does not exist on your account.")


def invalid_route(pattern: str, detail: str) -> ApiError:
    return ApiError(400, 10022, f"route pattern {pattern!r} is invalid: {detail}")


def route_zone_missing(pattern: str) -> ApiError:
    return ApiError(
        400,
        10082,
        f"workers.api.error.zone_not_specified - route pattern {pattern!r} is every host of a zone "
        'and does not say of which; specify the zone of the route by "zone_id" or "zone_name"',
    )


def route_not_found() -> ApiError:
    return ApiError(404, 10009, "workers.api.error.route_not_found")


def domain_not_found() -> ApiError:
    return ApiError(404, 100114, "The custom domain does not exist.")


def domain_zone_missing(hostname: str) -> ApiError:
    return ApiError(
        400,
        100116,
        f"Hostname '{hostname}' lies in no zone of this account; add its zone or use another host.",
    )


def invalid_domain(hostname: str, detail: str) -> ApiError:
    return ApiError(400, 100116, f"Hostname {hostname!r} is invalid: {detail}")


def domain_taken(hostname: str, service: str) -> ApiError:
    return ApiError(
        409,
        100117,
        f"Hostname '{hostname}' is already a custom domain of Worker '{service}'. Delete it first "
        "or try a different hostname.",
    )


def worker_not_found() -> ApiError:
    return ApiError(404, 10007, "This Worker does not exist on your account.")


def worker_exists(name: str) -> ApiError:
    """Refuse a second one of a name. The code is the local API's own."""
    return ApiError(
        409,
        10040,
        f"A Worker with the name '{name}' already exists; use another name, or change that one.",
    )


def version_not_found() -> ApiError:
    return ApiError(404, 10092, "The version does not exist.")


def deployment_not_found() -> ApiError:
    return ApiError(404, 10092, "The deployment does not exist.")


def version_serves(version_id: str) -> ApiError:
    """Refuse to delete what is deployed. The code is the local API's own."""
    return ApiError(
        400, 10093, f"Version '{version_id}' is deployed; deploy another one before deleting it."
    )


def deployment_serves() -> ApiError:
    """Refuse to delete what is deployed. The code is the local API's own."""
    return ApiError(
        400, 10093, "The latest deployment serves; make another one before deleting it."
    )


def invalid_deployment(detail: str) -> ApiError:
    """Refuse shares that are none. The code is the local API's own."""
    return ApiError(400, 10080, f"the deployment is invalid: {detail}")


def lifecycle_needs_deployment(what: str) -> ApiError:
    return ApiError(
        400,
        10211,
        f"A version with {what} must be deployed at once, to all requests; upload the script "
        "itself, or create the version with deploy=true.",
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
