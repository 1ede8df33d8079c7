"""`python -m local` as a user runs it, for a directory and ports of its own."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import httpx

from harness.local_cloudflare import PROJECT, free_ports
from local.process.home import Home


class Command:
    """`python -m local` for one directory."""

    def __init__(self, directory):
        self.home = Home(directory)
        self.ports = free_ports()

    def __call__(self, *words, **options):
        return subprocess.run(
            self.words(*words), cwd=PROJECT, capture_output=True, text=True, check=False, **options
        )

    def words(self, *words):
        return [sys.executable, "-m", "local", *words, "--dir", str(self.home.directory)]

    def start(self, *words):
        return self("start", *(f"--{n}-port={p}" for n, p in self.ports.items()), *words)

    def ask(self, path):
        headers = {"authorization": f"Bearer {self.home.token()}"}
        url = f"http://127.0.0.1:{self.ports['api']}{path}"
        return httpx.get(url, headers=headers, timeout=30)

    def post(self, path, body):
        headers = {"authorization": f"Bearer {self.home.token()}"}
        url = f"http://127.0.0.1:{self.ports['api']}{path}"
        return httpx.post(url, headers=headers, json=body, timeout=30)

    def create_queue(self, name):
        headers = {"authorization": f"Bearer {self.home.token()}"}
        url = f"http://127.0.0.1:{self.ports['api']}/client/v4/accounts/{'0' * 32}/queues"
        httpx.post(url, headers=headers, json={"queue_name": name}).raise_for_status()

    def queues(self):
        found = self.ask(f"/client/v4/accounts/{'0' * 32}/queues").json()["result"]
        return [queue["queue_name"] for queue in found]

    def change_records(self, sql, *values):
        with closing(sqlite3.connect(self.home.records)) as database, database:
            database.execute(sql, values)


def failed(done):
    """Check that a command failed as it should; its sentence comes back."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
