"""The policy pack, started by the engine: `python -u -m pulumi.policy <engine> <folder>`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # the engine knows the folder of the pack only, and put it here

from policies import rules  # noqa: E402
from policies.pack.server import serve  # noqa: E402

serve(rules.REGISTRY, ROOT)
