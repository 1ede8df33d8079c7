"""What a cache rule may set (`http_request_cache_settings`), and for whom an answer is kept."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

MODES = ("respect_origin", "override_origin", "bypass_by_default")
"""Who decides how long an answer is kept: its own headers, the rule, or nobody without headers."""

Credential = Literal["authorization", "cookie"]

CREDENTIALS: tuple[Credential, ...] = ("authorization", "cookie")
"""Headers of a request that may make its answer one for that visitor alone."""


def without(header: str) -> str:
    """Return the condition that a request has no such *header*, in the Rules language."""
    return f'not has_key(http.request.headers, "{header}")'


def check_cache(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the `action_parameters` of a cache rule (X25: CF411)."""
    if not parameters:
        yield "action_parameters are missing; say what is kept, and how long"
    for name in ("edge_ttl", "browser_ttl"):
        if (told := parameters.get(name)) is not None:
            yield from _lifetime(name, told)
    if parameters.get("cache") is False and parameters.get("edge_ttl") is not None:
        yield "action_parameters.cache is false and has an edge_ttl; remove one of them"


def needs_of_cache(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the features of a plan (`planning.plans.FEATURES`) that a cache rule uses."""
    key = parameters.get("cache_key") or {}
    return ("custom_cache_keys",) if key.get("custom_key") else ()


def edge_seconds(parameters: Mapping[str, Any]) -> int | None:
    """Return how long the rule itself says that an answer is kept; `None` where it does not."""
    told = parameters.get("edge_ttl") or {}
    seconds = told.get("default") if told.get("mode") == "override_origin" else None
    return seconds if isinstance(seconds, int) else None


def _lifetime(name: str, told: Mapping[str, Any]) -> Iterator[str]:
    mode, seconds = told.get("mode"), told.get("default")
    where = f"action_parameters.{name}"
    if mode not in MODES:
        hint = "; write bypass_by_default" if mode == "bypass" else ""
        yield f"{where}.mode is {mode}; it is one of {', '.join(MODES)}{hint}"
    elif mode == "override_origin" and not _is_lifetime(seconds):
        yield f"{where} is override_origin without a default; give the seconds"
    elif mode != "override_origin" and seconds is not None:
        yield f"{where} is {mode} and has a default, which is never used; remove it"


def _is_lifetime(seconds: object) -> bool:
    return isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
