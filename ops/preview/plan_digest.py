"""The hash by which a plan is agreed to, from the JSON of a preview.

It is made from what a plan does, never read out of it: whoever shows a plan shows its own hash.
Needs nothing but Python.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from ops.preview.plan_steps import Json

LENGTH = 32
"""Characters of a hash: 128 bits, so that nobody makes two plans that have the same."""

FORM = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


def digest_of(plan: Json) -> str:
    """Return the hash of all that *plan* does: equal for two previews that would do the same.

    It covers all that is shown of a resource: operation, URN, what differs, and what it was and
    will be, in which a secret is its marker. So a plan that somebody forged has the hash of another
    only if it shows the same. What is written to the state alone is covered as well.
    """
    told = sorted(_told(plan), key=partial(json.dumps, sort_keys=True))
    text = json.dumps([told, sorted((plan.get("adjusted") or {}).items())], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _told(plan: Json) -> Iterator[list[Any]]:
    for step in plan.get("steps") or []:
        forced = sorted(step.get("replaceReasons") or ())
        differs = {*(step.get("detailedDiff") or {}), *(step.get("diffReasons") or ()), *forced}
        states = (step.get(name) or None for name in ("oldState", "newState"))
        yield [step["urn"], step["op"], sorted(differs), forced, *states]
