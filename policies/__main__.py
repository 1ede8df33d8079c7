"""The policy pack, started by the engine: `python -u -m pulumi.policy <engine> <folder>`."""

from pathlib import Path

import rules
from pack.server import serve

serve(rules.REGISTRY, Path(__file__).resolve().parent.parent)
