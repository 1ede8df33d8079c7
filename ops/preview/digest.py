"""The hash by which a plan is agreed to, from the JSON of a preview.

It is made from what a plan does, never read out of it: whoever shows a plan shows its own hash.
Needs nothing but Python.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from ops.preview.steps import QUIET, Json

LENGTH = 32
"""Characters of a hash: 128 bits, so that nobody makes two plans that have the same."""

FORM = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


def digest_of(plan: Json) -> str:
    """Return the hash of all that *plan* does: equal for two previews that would do the same.

    It covers operations, URNs, what differs, new inputs, in which a secret is its marker, and what
    is written to the state alone.
    """
    told = sorted(_told(plan), key=json.dumps)
    text = json.dumps([told, sorted((plan.get("adjusted") or {}).items())], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _told(plan: Json) -> Iterator[list[Any]]:
    for step in plan.get("steps") or []:
        if step["op"] not in QUIET:
            reasons = (step.get(name) or () for name in ("replaceReasons", "diffReasons"))
            differs = {
                *(step.get("detailedDiff") or {}),
                *(path for each in reasons for path in each),
            }
            inputs = (step.get("newState") or {}).get("inputs") or {}
            yield [step["urn"], step["op"], sorted(differs), inputs]
