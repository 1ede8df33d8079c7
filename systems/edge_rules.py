"""From what a system configures for its hosts to rules of their zone."""

from collections.abc import Iterator, Sequence
from typing import Any

from config.edge import Edge, EdgeCache, EdgeLimit, EdgeRule
from planning.cache_rules import without
from planning.refusals import RefusedError
from planning.rule_checks import ADDRESS, CACHE, COLO, CUSTOM, HEADERS, LIMITS
from planning.zone_rules import ZoneRule


def edge_rules(
    system: str, hosts: Sequence[str], edge: Edge, *, by_worker: bool = True
) -> Iterator[ZoneRule]:
    """Yield the rules of *system* for its *hosts*, all of which lie in the zone of the first.

    *by_worker*: whether a worker answers them, which no cache rule acts on: `RefusedError`.
    """
    if edge.cache and by_worker:
        raise RefusedError(
            f"{system}:edge.cache has {edge.cache[0].name}, and a worker answers {hosts[0]}: it is "
            f"asked before any cache; use the Cache API in the worker, and remove the rule"
        )
    for rule in edge.rules:
        yield _custom(system, hosts, rule)
    for limit in edge.limits:
        yield _limit(system, hosts, limit)
    for cached in edge.cache:
        yield _cache(system, hosts, cached)
    if edge.headers:
        yield _headers(system, hosts, edge)


def _custom(system: str, hosts: Sequence[str], rule: EdgeRule) -> ZoneRule:
    return ZoneRule(
        phase=CUSTOM,
        ref=f"{system}_{rule.name}",
        host=hosts[0],
        aliases=tuple(hosts[1:]),
        expression=f"({at(hosts)}) and ({rule.when})",
        action=rule.action,
        description=rule.why,
    )


def _limit(system: str, hosts: Sequence[str], limit: EdgeLimit) -> ZoneRule:
    return ZoneRule(
        phase=LIMITS,
        ref=f"{system}_{limit.name}",
        host=hosts[0],
        aliases=tuple(hosts[1:]),
        expression=_counted(hosts, limit),
        action="block",
        description=limit.why,
        parameters={
            "ratelimit": {
                "characteristics": [ADDRESS, COLO],
                "period": limit.period,
                "requests_per_period": limit.requests,
                "mitigation_timeout": limit.timeout,
            }
        },
    )


def _cache(system: str, hosts: Sequence[str], rule: EdgeCache) -> ZoneRule:
    conditions = [f"({at(hosts)})", f"({_below(rule.path)})"]
    conditions += [without(header) for header in rule.bypass if rule.cache]
    parameters: dict[str, Any] = {"cache": rule.cache}
    if rule.cache:
        parameters["edge_ttl"] = _kept(rule.edge_seconds, "respect_origin")
        parameters["browser_ttl"] = _kept(
            rule.browser_seconds,
            "respect_origin" if rule.browser_seconds is None else "bypass_by_default",
        )
    return ZoneRule(
        phase=CACHE,
        ref=f"{system}_{rule.name}",
        host=hosts[0],
        aliases=tuple(hosts[1:]),
        expression=" and ".join(conditions),
        action="set_cache_settings",
        description=rule.why,
        parameters={"action_parameters": parameters},
    )


def _kept(seconds: int | None, otherwise: str) -> dict[str, Any]:
    if seconds:
        return {"mode": "override_origin", "default": seconds}
    return {"mode": otherwise}


def _headers(system: str, hosts: Sequence[str], edge: Edge) -> ZoneRule:
    changes = {header.name: {"operation": "set", "value": header.value} for header in edge.headers}
    return ZoneRule(
        phase=HEADERS,
        ref=f"{system}_headers",
        host=hosts[0],
        aliases=tuple(hosts[1:]),
        expression=at(hosts),
        action="rewrite",
        description="headers of every answer",
        parameters={"action_parameters": {"headers": changes}},
    )


def _counted(hosts: Sequence[str], limit: EdgeLimit) -> str:
    below = _below(limit.path)
    return below if limit.every_host else f"({at(hosts)}) and ({below})"


def at(hosts: Sequence[str]) -> str:
    """Return the expression for a request to one of *hosts*."""
    if len(hosts) == 1:
        return f'http.host eq "{hosts[0]}"'
    listed = " ".join(f'"{host}"' for host in hosts)
    return f"http.host in {{{listed}}}"


def _below(path: str) -> str:
    if path.endswith("*"):
        return f'starts_with(http.request.uri.path, "{path[:-1]}")'
    return f'http.request.uri.path eq "{path}"'
