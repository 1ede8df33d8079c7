"""Work done by several threads at once, its results in order and only so many at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""Requests under way: what an account allows in five minutes is 1,200."""


def in_order(work: Callable[[T], R], items: Iterable[T], *, at_once: int = AT_ONCE) -> Iterator[R]:
    """Yield what *work* makes of each of *items*, in their order.

    At most twice *at_once* are taken ahead of who reads, so that memory does not grow with them.
    The first that fails raises here, and what was not begun is not.
    """
    with ThreadPoolExecutor(at_once) as threads:
        begun: deque[Future[R]] = deque()
        try:
            for item in items:
                begun.append(threads.submit(work, item))
                if len(begun) >= 2 * at_once:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for left in begun:
                left.cancel()
