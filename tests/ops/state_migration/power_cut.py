"""Power cuts: a step that is killed before it, or after it, and a lock that is left behind."""

import json

from ops.state_store import locks


class KilledError(BaseException):
    """Stands for a power cut: nothing in the program expects it."""


def killed(real, *, late):
    """Return *real* with a power cut before it, or after it."""

    def step(*args, **kwargs):
        if late:
            real(*args, **kwargs)
        raise KilledError

    return step


def held(real):
    """Leave the lock behind, as a killed process does; the next one is not alive in it either."""

    def hold(store, stack, purpose):
        held = real(store, stack, purpose)
        held.__enter__()
        key = locks.read(store, stack)[-1].key
        return _Left(store, key, held)

    return hold


class _Left:
    """A lock whose process is gone without having removed it."""

    def __init__(self, store, key, held):
        self.store, self.key, self.held = store, key, held

    def __enter__(self):
        return self

    def __exit__(self, *_):
        text = json.loads(self.store.read(self.key))
        self.held.__exit__(None, None, None)  # else the lock goes when nobody refers to it any more
        self.store.write(self.key, json.dumps({**text, "pid": 2**22 + 1}).encode())
