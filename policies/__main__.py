"""The policy pack, started by the engine: `python -u -m pulumi.policy <engine> <folder>`."""

import rules
from pack.server import serve

serve(rules.REGISTRY)
