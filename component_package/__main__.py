"""The components as a package: the engine runs this folder as the plugin `chittyos`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # run by its path, in any folder

from pulumi.provider import main  # noqa: E402

from component_package.package import Package  # noqa: E402

if __name__ == "__main__":
    main(Package(), sys.argv[1:])
