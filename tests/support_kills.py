"""Kill the runtime while calls are under way: after so many answers, not after so much time."""

import os
import random
import signal
import threading

from harness.local_cloudflare import LocalCloudflare


class Killer:
    """Kill the runtime of *cloud* as its answers come, at moments drawn by *seed*.

    The moments are counts of answers, so that a fast machine meets as many kills as a slow one.
    *before* is the count by which the last kill has happened.
    """

    def __init__(self, cloud: LocalCloudflare, *, kills: int, before: int, seed: int) -> None:
        self._cloud = cloud
        chance = random.Random(seed)  # noqa: S311 - moments, no secrets
        self._moments = set(chance.sample(range(1, before), kills))
        self._lock = threading.Lock()
        self._answers = 0
        self.killed = 0

    def answered(self) -> None:
        """Note one more answer; kill the runtime if its moment has come."""
        with self._lock:
            self._answers += 1
            if self._answers in self._moments:
                self._kill()

    def _kill(self) -> None:
        pid = self._cloud.result("GET", "/local/status")["runtime"]["pid"]
        if pid:
            os.kill(pid, signal.SIGKILL)
            self.killed += 1
