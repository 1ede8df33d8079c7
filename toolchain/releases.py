"""The official releases of the engine, by version and platform, with the SHA-256 of each.

A release without checksums here is not downloaded: it is found on the PATH or built, until they
stand here as the release publishes them.
"""

import platform

BASE = "https://github.com/pulumi/pulumi/releases/download"

SHA256 = {
    "3.259.0": {
        "darwin-arm64": "57c27f179e527e2cf9f62b841a448af72a020e44b2fb4ee0d9bd85556c00c864",
        "darwin-x64": "eaca4c3b8277bfa3ab061fa3b270d1c66358a0b2e613da8c5587a04b7226c534",
        "linux-arm64": "edc8327463a72160bb36cf82cf5062da9c8a244290a706d9980988e7bf486853",
        "linux-x64": "94ba357acac23d01474084c4b00098dc0f7bc70ce13f34c777459254a5f718e5",
    },
}

_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


def this_platform() -> str:
    """Name this machine the way the releases do: `linux-x64` or `darwin-arm64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"


def checksum(version: str, name: str) -> str | None:
    """Return the SHA-256 of release *version* for platform *name*; `None` when none is pinned."""
    return SHA256.get(version, {}).get(name)


def archive_url(version: str, name: str) -> str:
    """Return the address of release *version* for platform *name*."""
    return f"{BASE}/v{version}/pulumi-v{version}-{name}.tar.gz"
