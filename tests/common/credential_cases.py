"""The cases that the detector, the configuration and the policy pack are all held to."""

from pathlib import Path
from typing import Any

import yaml

_RAW: dict[str, list[Any]] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)


def _text(value: str | list[str]) -> str:
    return "".join(value)


def _joined(case: dict[str, Any]) -> dict[str, Any]:
    return {**case, "value": _text(case["value"])}


PLACEHOLDERS = [_text(value) for value in _RAW["placeholders"]]
FILLED_IN: list[str] = _RAW["filled_in"]
WEAK: list[str] = _RAW["weak"]
STRONG: list[str] = _RAW["strong"]
CREDENTIAL_NAMES: list[str] = _RAW["credential_names"]
HARMLESS_NAMES: list[str] = [case["name"] for case in _RAW["harmless_names"]]
CREDENTIAL_FILES: list[str] = _RAW["credential_files"]
HARMLESS_FILES: list[str] = _RAW["harmless_files"]
CREDENTIALS = [_joined(case) for case in _RAW["credentials"]]
PUBLIC = [_joined(case) for case in _RAW["public"]]
