"""Run a module as `python -m` does, or a folder as `python` does, and end with whoever started it.

The engine starts hosts for policies and providers; when it is killed, they would wait for it for
ever.
"""

import gc
import os
import runpy
import sys
import threading
import time
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
"""Comes last: a program in another folder has modules of its own, and uses the components."""

OBJECTS = 100_000
"""New objects before garbage is looked for: imports make that many, and none of them is garbage."""

SECONDS = 1.0
"""How often the parent is looked at."""


def watch(parent: int) -> None:
    """End this process as soon as *parent* is not its parent any more."""
    while os.getppid() == parent:
        time.sleep(SECONDS)
    os._exit(1)


def _start_sooner() -> None:
    """Do as `common.quick_imports` says, without importing it: a program may have a `common`."""
    gc.set_threshold(OBJECTS, 50, 100)
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]


def main() -> None:
    """Run the module or the folder that the arguments name, with the arguments that follow."""
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    sys.path.append(ROOT)
    _start_sooner()
    del sys.argv[0]
    if Path(sys.argv[0]).is_absolute():
        del sys.path[0]  # the folder comes in its place
        runpy.run_path(sys.argv[0], run_name="__main__")
        return
    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python -m` has it
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
