"""Removes the data of what was deleted, so that a new thing of the same name begins empty."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from local.records.model import Cloud
from local.runtime.assembly.registry import KINDS
from local.runtime.configuration.environment import Layout


def delete_storage(former: Cloud, present: Cloud, layout: Layout) -> list[Path]:
    """Remove the data of what only *former* had; return the removed paths.

    Only to be called while no workerd knows of them any more.
    """
    removed = [path for path in _left_behind(former, present, layout) if path.exists()]
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return removed


def keeps_all(former: Cloud, present: Cloud) -> bool:
    """Whether everything that has data in *former* is in *present* too."""
    return all(set(kind.stored(former)) <= set(kind.stored(present)) for kind in KINDS.values())


def _left_behind(former: Cloud, present: Cloud, layout: Layout) -> Iterator[Path]:
    for kind in KINDS.values():
        kept = set(kind.stored(present))
        for name in kind.stored(former):
            if name not in kept:
                yield from kind.files(layout, name)
