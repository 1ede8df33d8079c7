"""`python -m provider <engine address>`: the stand-in for the official `cloudflare` plugin."""

import asyncio
import sys
from contextlib import suppress

from common.quick_imports import collect_less, skip_command_line_of_httpx, skip_init

collect_less()
skip_command_line_of_httpx()
skip_init("pulumi", "pulumi.runtime")  # of Pulumi's SDK the plugin needs the protocol alone

from provider.server import run  # noqa: E402


def main() -> None:
    """Serve for the engine whose address is the first argument that is no option."""
    engine = next((given for given in sys.argv[1:] if not given.startswith("-")), None)
    with suppress(BrokenPipeError):  # the engine went before it read the port
        asyncio.run(run(engine))


if __name__ == "__main__":
    main()
