"""A stack of any size, for `bench/sized_clone.py`: it stands in for the platform in a clone.

Two programs in one: KV namespaces as components of the platform, and the same ones bare.
"""

import json
from pathlib import Path

import pulumi

SIZES = Path(__file__).resolve().parents[1] / ".local" / "scale.json"
ACCOUNT = "0" * 32


def main() -> None:
    """Register as many resources as `.local/scale.json` asks for."""
    build(None)


def build(_: object) -> None:
    """Register them, as `ops map` asks the platform to, by a configuration that is not needed."""
    wanted = json.loads(SIZES.read_text())
    if wanted["bare"]:
        _bare(wanted["resources"])
    else:
        _components(wanted["resources"] // 2)


def _bare(count: int) -> None:
    import pulumi_cloudflare as cloudflare  # noqa: PLC0415 - only this program needs the whole SDK

    for number in range(count):
        title = f"scale-{number:04d}"
        cloudflare.WorkersKvNamespace(title, account_id=ACCOUNT, title=title)


def _components(count: int) -> None:
    """Register *count* components with a namespace each: two resources."""
    from components.kv import Namespace, NamespaceArgs  # noqa: PLC0415

    parent = pulumi.ComponentResource("chittyos:system:Scale", "scale", {})
    child = pulumi.ResourceOptions(parent=parent)
    for number in range(count):
        args = NamespaceArgs(title=f"scale-{number:04d}", retain=False)
        Namespace(args.title, args, account_id=ACCOUNT, opts=child)
    parent.register_outputs({})
