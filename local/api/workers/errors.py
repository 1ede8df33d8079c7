"""Errors of Workers scripts, with the codes and texts of the real API where they are known."""

from local.api.errors import ApiError, BodyErrors


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
