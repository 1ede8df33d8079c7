"""The edge with all that may stand before a worker: what it costs, and what an expression costs."""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.runtime import CONNECTIONS, HOST, PROJECT, USUAL, both, compared, single
from harness.figure import Figure
from local.records.model import Access, Cloud, Ruleset

ZONE = "example.com"
CLIENT, SECRET = "bench.access", "5" * 64
RULES = PROJECT / "local" / "runtime" / "edge" / "rules"
SESSIONS = 'starts_with(http.request.uri.path, "/sessions/")'
NO_AUTHORIZATION = 'not any(http.request.headers.names[*] eq "authorization")'
PARTNERS = '{"https://claude.ai" "https://chatgpt.com"}'
CUSTOM = (
    f'http.host eq "{HOST}" and {SESSIONS} and {NO_AUTHORIZATION}',
    f'http.request.method eq "POST" and not http.request.headers["origin"][0] in {PARTNERS}',
    'http.user_agent matches r"(?i)nikto|sqlmap|masscan"',
    'http.request.uri.path wildcard "/wp-*/*" and ip.src in {192.0.2.0/24 198.51.100.0/24}',
)
"""Four rules as a platform has them: none of them stops what is measured."""

LIMITED = (f'http.host eq "{HOST}"', 'starts_with(http.request.uri.path, "/")')
NAMES = ("x-content-type-options", "referrer-policy", "x-frame-options", "permissions-policy")
CODE = """
import {{ compile }} from {compiler};
import {{ RequestView }} from {request};
const headers = new Headers({{ "user-agent": "curl/8.5.0", origin: "https://a.example" }});
const request = {{ method: "POST", headers }};
const target = "/sessions/1?x=1";
const seen = {{ request, host: {host}, target, zone: "example.com", now: 0 }};
for (const text of {expressions}) {{
  const test = compile(text);
  const times = [];
  for (let batch = 0; batch < 60; batch += 1) {{
    const began = process.hrtime.bigint();
    for (let turn = 0; turn < 2000; turn += 1) test(new RequestView(seen));
    times.push(Number(process.hrtime.bigint() - began) / 2000);
  }}
  console.log(times.sort((a, b) => a - b)[times.length >> 1] / 1000);
}}
"""


def figures() -> Iterator[Figure]:
    """Measure expressions by themselves, then the edge with all phases on."""
    times = _expressions()
    how = "median of 60 runs of 2,000, the request looked at anew each time, by Node"
    yield Figure("an expression", sum(times) / len(times), "µs", f"mean of four: {how}", 2)
    yield Figure("the slowest of them", max(times), "µs", how)
    with tempfile.TemporaryDirectory() as directory:
        cloud = _ruled(single(Path(directory), USUAL))
        yield from _edge(Path(directory) / "rules", "rules", cloud, "")
        presented = f"CF-Access-Client-Id: {CLIENT}\r\nCF-Access-Client-Secret: {SECRET}\r\n"
        guarded = replace(cloud, access=_access())
        yield from _edge(Path(directory) / "access", "rules and Access", guarded, presented)


def _edge(directory: Path, what: str, cloud: Cloud, headers: str) -> Iterator[Figure]:
    with both(directory, cloud) as (bare, edge):
        ratio, rate, added = compared(bare, edge, headers)
    how = f"four custom rules, two limits, {len(NAMES)} headers; {CONNECTIONS} connections, median"
    said = f"a service token; {how}" if cloud.access.team else how
    yield Figure(f"edge with {what} against bare", ratio, "of bare", said, 0.65, "higher")
    yield Figure(f"edge with {what}", rate, "requests/s", said)
    yield Figure(f"added by the edge with {what}", added, "ms", "difference of the medians")


def _expressions() -> list[float]:
    """Return the microseconds of each of `CUSTOM`."""
    code = CODE.format(
        compiler=json.dumps(str(RULES / "language" / "compiler.mjs")),
        request=json.dumps(str(RULES / "request.mjs")),
        host=json.dumps(HOST),
        expressions=json.dumps(CUSTOM),
    )
    command = ["node", "--input-type=module", "-e", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(line) for line in told.stdout.split()]


def _access() -> Access:
    """Put an application before the host, which lets one service token in."""
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    token = {
        "id": "bench",
        "client_id": CLIENT,
        "until": None,
        "enabled": True,
        "secrets": [{"sha256": digest, "until": None}],
    }
    policy = {
        "id": "machines",
        "decision": "non_identity",
        "session_seconds": 3600,
        "include": [{"service_token": {"token_id": "bench"}}],
        "exclude": [],
        "require": [],
    }
    application = {
        "id": "bench",
        "aud": "a" * 64,
        "name": "bench",
        "places": [HOST],
        "workers": [],
        "previews": [],
        "policies": [policy],
        "session_seconds": 3600,
        "revoked_at": 0,
        "denied": "",
        "token_header": None,
        "unauthorized": True,
        "preflights_pass": False,
        "cookie": {"http_only": True, "same_site": "lax", "own_path": False},
    }
    return Access("bench.cloudflareaccess.com", (application,), (token,))


def _ruled(cloud: Cloud) -> Cloud:
    headers = {name: {"operation": "set", "value": "x"} for name in NAMES}
    limit = {
        "characteristics": ["ip.src", "cf.colo.id"],
        "period": 60,
        "requests_per_period": 10_000_000,
    }
    phases: dict[str, list[dict[str, Any]]] = {
        "http_request_firewall_custom": [_rule(text, "block") for text in CUSTOM],
        "http_ratelimit": [_rule(text, "block", ratelimit=limit) for text in LIMITED],
        "http_response_headers_transform": [
            _rule("true", "rewrite", action_parameters={"headers": headers})
        ],
    }
    rulesets = tuple(Ruleset(ZONE, phase, tuple(rules)) for phase, rules in phases.items())
    return replace(cloud, zone_names=(ZONE,), rulesets=rulesets)


def _rule(expression: str, action: str, **more: Any) -> dict[str, Any]:
    return {"id": expression, "expression": expression, "action": action, **more}
