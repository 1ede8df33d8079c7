"""The policy pack, started by the engine: `python -u -m pulumi.policy <engine> <folder>`.

Where an engine was built, `toolchain/bin` runs this folder itself: the pack needs nothing that
`pulumi.policy` sets up before.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # the engine knows the folder of the pack only, and put it here

from common.quick_imports import collect_less, skip_init  # noqa: E402

collect_less()
skip_init("pulumi", "pulumi.runtime")  # of Pulumi's SDK the pack needs the protocol alone

from policies import rules  # noqa: E402
from policies.pack.server import serve  # noqa: E402

serve(rules.REGISTRY, ROOT)
