"""Ctrl-C: one sentence, and an engine that ends what it has begun."""

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

MESSAGE = "interrupted; run it again (make up, for development): it repairs what was left"
ENDING = "interrupted; the engine ends what it has begun, press Ctrl-C again to stop it at once"
ENDS = (signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):  # nothing takes it for an error of its own
    """The user pressed Ctrl-C. It has a sentence where there is more to say than `MESSAGE`."""


class Halfway(Interrupted):
    """Ctrl-C came while something was being changed; before that, nothing was."""


@contextmanager
def changing() -> Iterator[None]:
    """Raise `Halfway` for an `Interrupted` of what changes something."""
    try:
        yield
    except Interrupted as pressed:
        raise Halfway(*pressed.args) from None


def install() -> None:
    """Let Ctrl-C raise `Interrupted` from here on, unless the shell has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _raise)


@contextmanager
def deferred() -> Iterator[None]:
    """Wait for the engine at Ctrl-C, of which it hears itself; raise `Interrupted` afterwards.

    A second one raises at once.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not _raise or threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: _note(pressed))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed.is_set():
            raise Interrupted


@contextmanager
def heard(then: Callable[[], object]) -> Iterator[None]:
    """Do *then* at Ctrl-C, so that what runs can end by itself; a second one raises at once."""
    before = signal.getsignal(signal.SIGINT)
    if before is not _raise or threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(*_: object) -> None:
        signal.signal(signal.SIGINT, _raise)
        then()

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def asked_to_end() -> Iterator[None]:
    """Raise `Interrupted` as well when the process is asked to end, or its terminal is closed.

    For what has to clear away before it ends. What is ignored, as by `nohup`, stays so.
    """
    numbers = [each for each in ENDS if signal.getsignal(each) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    for number in numbers:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _note(pressed: threading.Event) -> None:
    _hush()
    pressed.set()
    signal.signal(signal.SIGINT, _raise)
    sys.stderr.write(f"\n{ENDING}\n")


def _raise(_number: int, _frame: FrameType | None) -> None:
    _hush()
    raise Interrupted


def _hush() -> None:
    """Let threads end without a word: what they find cut off is cut off on purpose."""
    threading.excepthook = lambda _: None
    warnings.simplefilter("ignore")
    logging.disable()
