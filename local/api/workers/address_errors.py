"""Errors of what leads to a script: routes, custom domains, schedules."""

from local.api.errors import ApiError


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
