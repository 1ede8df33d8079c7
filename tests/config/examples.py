"""Configurations for tests: a good one, and the ways to spoil it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import config
from config import ConfigError, PlatformConfig, Source, file_name
from systems.registry import SYSTEMS

ROOT = Path(__file__).resolve().parents[2]
CANARY = "cAnArY-7f3e9b"
HEX_CANARY = "cab1e5f00d7f3e9b"
SECRETS = {
    "chittyconnect:API_TOKENS": json.dumps(
        [{"id": f"tests-{CANARY}", "sha256": "ab" * 32, "scopes": ["sessions:read"]}],
        separators=(",", ":"),
    ),
    "chittyconnect:R2_ACCESS_KEY_ID": HEX_CANARY * 2,
    "chittyconnect:R2_SECRET_ACCESS_KEY": HEX_CANARY * 4,
    "chittyconnect:ONEPASSWORD_CONNECT_TOKEN": f"connect-{CANARY}-{HEX_CANARY}",
    "chittyid:ADMIN_TOKEN": f"admin-{CANARY}-{HEX_CANARY}",
    "chittyid:CHITTY_ID_TOKEN": f"service-{CANARY}-{HEX_CANARY}",
    "project_awareness:API_TOKENS": json.dumps(
        [{"id": f"tests-{CANARY}", "sha256": "cd" * 32, "scopes": ["projects:read"]}],
        separators=(",", ":"),
    ),
    "project_awareness:SERVICE_TOKEN": f"awareness-{CANARY}-{HEX_CANARY}",
    "project_awareness:SIGNING_KEY": f"signing-{CANARY}-{HEX_CANARY}",
    "project_awareness:ANALYTICS_TOKEN": f"analytics-{CANARY}-{HEX_CANARY}",
    "project_awareness:PAGERDUTY_API_KEY": HEX_CANARY * 2,
    "project_awareness:SLACK_WEBHOOK_URL": f"https://hooks.slack.com/services/T1/B1/{HEX_CANARY}",
    "superinstance:ANTHROPIC_API_KEY": f"sk-ant-{CANARY}-{HEX_CANARY}",
    "superinstance:OPENAI_API_KEY": f"sk-proj-{CANARY}-{HEX_CANARY}",
    "superinstance:SERVICE_KEY": f"{CANARY}-service-{HEX_CANARY}",
    "superinstance:STRIPE_WEBHOOK_SECRET": f"whsec_{CANARY}-{HEX_CANARY}",
}
LOCAL = frozenset({"chittyconnect:ONEPASSWORD_CONNECT_TOKEN"})
"""Those that only stacks on the local Cloudflare have."""

OPTIONAL = LOCAL | frozenset(
    f"project_awareness:{name}"
    for name in ("ANALYTICS_TOKEN", "PAGERDUTY_API_KEY", "SLACK_WEBHOOK_URL")
)
"""Those that a stack may be without."""

OWN = {
    "chittyos:account": "ab" * 16,
    "chittyos:zones": [
        {"name": "chitty.cc", "id": "cd" * 16, "plan": "free", "owner": "production"},
    ],
}
"""What staging and production leave to their owner."""


def tracked(stack: str) -> dict[str, Any]:
    """Read the values of a tracked file."""
    return dict(yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"])


def good(stack: str = "development") -> dict[str, Any]:
    """Give the values of a tracked stack, completed by what is set by command."""
    values = tracked(stack) if stack != "pr-7" else beside(tracked("development"))
    if stack in {"development", "pr-7"}:
        return copy.deepcopy({**values, **SECRETS})
    secrets = {key: value for key, value in SECRETS.items() if key not in LOCAL}
    return copy.deepcopy({**values, **completed(values), **secrets})


def completed(values: dict[str, Any]) -> dict[str, Any]:
    """Complete the zones of *values* by what their owner sets."""
    own: Any = OWN["chittyos:zones"]
    zones = zip(values["chittyos:zones"], own, strict=True)
    return {**OWN, "chittyos:zones": [{**before, **after} for before, after in zones]}


def beside(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out of *values* what only the stack that owns the zone may have."""
    return {key: value for key, value in values.items() if not key.endswith(":edge")}


def alone(values: dict[str, Any]) -> dict[str, Any]:
    """Leave ChittyConnect, which stands for any system here, as the only one of *values*."""
    others = {system.name for system in SYSTEMS} - {"chittyconnect"}
    left = {key: value for key, value in values.items() if key.partition(":")[0] not in others}
    return {**left, "chittyos:systems": ["chittyconnect"]}


def written() -> str:
    """Give the file of development as it is tracked, with the secrets as the engine seals them."""
    sealed = "".join(f"  {key}:\n    secure: v1:{CANARY}\n" for key in SECRETS)
    return (ROOT / file_name("development")).read_text() + sealed


def as_engine(values: dict[str, Any]) -> dict[str, str]:
    """Write *values* as the engine hands them over: text, and objects as JSON."""
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}


def source(values: dict[str, Any], stack: str = "development") -> Source:
    """Make a source of which the secrets are known to be secret."""
    return Source(file_name(stack), as_engine(values), frozenset(SECRETS) & values.keys())


def load(stack: str, given: Source | None = None, **options: Any) -> PlatformConfig:
    """Load the configuration of *stack* with every system there is."""
    return config.load(stack, SYSTEMS, given, **options)


def connect(loaded_config: PlatformConfig) -> Any:
    """Return the settings of ChittyConnect, which stands for any system here."""
    return loaded_config.blocks["chittyconnect"].settings


def loaded(stack: str = "development", **changes: Any) -> PlatformConfig:
    """Load a good configuration, with top-level keys changed (`account` is `chittyos:account`)."""
    return load(stack, source(good(stack) | changes, stack))


def put(values: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set *path* (`chittyconnect:queue.name`, `chittyos:zones.0.id`) in a copy of *values*."""
    made = copy.deepcopy(values)
    key, *parts = path.split(".")
    if not parts:
        return {**made, key: value}
    place = made.setdefault(key, {})
    for part in parts[:-1]:
        place = place[int(part)] if part.isdigit() else place.setdefault(part, {})
    place[int(parts[-1]) if parts[-1].isdigit() else parts[-1]] = value
    return made


def without(values: dict[str, Any], path: str) -> dict[str, Any]:
    """Take *path* out of a copy of *values*."""
    made = copy.deepcopy(values)
    key, *parts = path.split(".")
    place: Any = made
    for part in [key, *parts][:-1]:
        place = place[int(part)] if part.isdigit() else place[part]
    del place[[key, *parts][-1]]
    return made


def problems(
    values: dict[str, Any], stack: str = "development", **options: Any
) -> list[tuple[str, str]]:
    """Load *values* and give what is said, a pair of path and text each."""
    with pytest.raises(ConfigError) as raised:
        load(stack, source(values, stack), **options)
    return [(problem.path, problem.text) for problem in raised.value.problems]


def one(values: dict[str, Any], stack: str = "development") -> tuple[str, str]:
    """Load *values*, of which one thing is wrong."""
    found = problems(values, stack)

    assert len(found) == 1, found
    return found[0]
