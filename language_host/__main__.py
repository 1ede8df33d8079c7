"""The Python language host: run by the engine as `pulumi-language-python <engine address>`."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # run by its path, in any folder

from language_host.server import run  # noqa: E402


def main() -> None:
    """Serve for the engine whose address is the first argument that is no option."""
    engine = next((given for given in sys.argv[1:] if not given.startswith("-")), "")
    with suppress(BrokenPipeError):  # the engine went before it read the port
        asyncio.run(run(engine))


if __name__ == "__main__":
    main()
