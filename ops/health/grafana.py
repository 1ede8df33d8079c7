"""Dashboards as files that Grafana imports, by the plugin that Cloudflare's documents name (PA-12).

Source: developers.cloudflare.com/analytics/analytics-engine/grafana, read 2026-11-29: Altinity's
plugin for ClickHouse, the SQL API as its address, the token as a header.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from common.json_types import Json
from ops.errors import OpsError
from planning.figures import Dashboard, Figure, Goal

PLUGIN = "vertamedia-clickhouse-datasource"
SCHEMA = 39
"""Version of the dashboard's form; later ones of Grafana read it."""

WIDTH, HEIGHT, ACROSS = 12, 8, 24
UNITS = {"ms": "ms", "%": "percent"}
LONGEST_UID = 40
DATA_SOURCE = {"type": PLUGIN, "uid": "${datasource}"}


def write(folder: Path, stack: str, dashboards: Sequence[tuple[str, Dashboard]]) -> Iterator[Path]:
    """Write a file for each of *dashboards*, pairs with their system; yield its path."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for system, each in dashboards:
            path = folder / f"{stack}-{system}-{each.name}.json"
            made = document(stack, system, each)
            path.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
            yield path
    except OSError as error:
        raise OpsError(
            f"{error.filename or folder} cannot be written: {error.strerror}; name a folder with "
            "--grafana that may be written to"
        ) from None


def document(stack: str, system: str, dashboard: Dashboard) -> Json:
    """Return *dashboard* as Grafana has it; the source of data is chosen when it is imported."""
    return {
        "title": f"{dashboard.title} ({stack})",
        "uid": _uid(f"{stack}-{system}-{dashboard.name}"),
        "tags": [stack, system],
        "schemaVersion": SCHEMA,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [_sources()]},
        "panels": [_panel(index, each) for index, each in enumerate(dashboard.figures)],
    }


def _uid(name: str) -> str:
    """Return *name* as Grafana takes it; two that are cut would replace each other at import."""
    if len(name) <= LONGEST_UID:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_UID - 9]}-{digest}"


def _sources() -> Json:
    return {
        "name": "datasource",
        "type": "datasource",
        "label": "Analytics Engine",
        "query": PLUGIN,
        "hide": 0,
        "refresh": 1,
    }


def _panel(index: int, figure: Figure) -> Json:
    column, row = index % (ACROSS // WIDTH), index // (ACROSS // WIDTH)
    defaults: Json = {"unit": UNITS.get(figure.unit, "short")}
    if figure.goal:
        defaults["thresholds"] = _thresholds(figure.goal)
        defaults["custom"] = {"thresholdsStyle": {"mode": "line"}}
    return {
        "id": index + 1,
        "type": "timeseries",
        "title": figure.title,
        "description": f"{figure.unit}, {figure.goal}" if figure.goal else figure.unit,
        "datasource": DATA_SOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": column * WIDTH, "y": row * HEIGHT},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [_target(figure)],
    }


def _target(figure: Figure) -> Json:
    return {
        "refId": "A",
        "datasource": DATA_SOURCE,
        "query": figure.line(),
        "format": "time_series",
        "dateTimeType": "DATETIME",
        "dateTimeColDataType": "timestamp",
        "dateColDataType": "",
        "database": "",
        "table": figure.dataset,
        "round": "0s",
        "intervalFactor": 1,
        "extrapolate": False,
    }


def _thresholds(goal: Goal) -> Json:
    """Colour what is not as it has to be; Grafana's steps begin at their value."""
    below, above = ("red", "green") if goal.sign.startswith(">") else ("green", "red")
    steps = [{"color": below, "value": None}, {"color": above, "value": float(goal.value)}]
    return {"mode": "absolute", "steps": steps}
