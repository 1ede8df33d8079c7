"""From what a system configures for its hosts to rules of their zone."""

from collections.abc import Iterator, Sequence

from config.edge import Edge, EdgeLimit, EdgeRule
from planning.rule_checks import ADDRESS, COLO, CUSTOM, HEADERS, LIMITS
from planning.zone_rules import ZoneRule


def edge_rules(system: str, hosts: Sequence[str], edge: Edge) -> Iterator[ZoneRule]:
    """Yield the rules of *system* for its *hosts*, all of which lie in the zone of the first."""
    for rule in edge.rules:
        yield _custom(system, hosts, rule)
    for limit in edge.limits:
        yield _limit(system, hosts, limit)
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
