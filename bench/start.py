"""How long `ops` takes to begin: its help, and a drift until it runs its engine.

Both are compared with the last commit, or with another checkout (`--against PATH`), in turn. The
engine is a stand-in that notes when it was run and ends, the local Cloudflare one that answers.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from harness.clone import ROOT, Clone, make_clone
from harness.figure import Figure
from toolchain import pairs

ROUNDS = 5
MOST = 1.1
"""Times what the other takes: more than two runs of the same differ by."""

NOTED = "begun"
ENGINE = """\
#!/bin/sh
[ "$1" = version ] && echo v{version} && exit
[ -e {noted} ] || touch {noted}
exit 1
"""
ANSWER = b'{"success": true, "errors": [], "messages": [], "result": {"holds": 0}}'
"""What an empty local Cloudflare says, whatever it is asked."""


def figures(against: Path | None = None) -> Iterator[Figure]:
    """Measure; takes about a minute on a quiet machine."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(_prepared(Path(folder) / "ours", ROOT))
        other = against or _last_commit(Path(folder) / "commit")
        theirs = stack.enter_context(_prepared(Path(folder) / "theirs", other))
        yield from _compare("ops --help, CPU", "CPU s", _help, ours, theirs)
        yield from _compare("ops drift until its engine runs", "s", _drift, ours, theirs)


def _compare(
    what: str, unit: str, take: Callable[[Clone], float], ours: Clone, theirs: Clone
) -> Iterator[Figure]:
    rounds = [(take(ours), take(theirs)) for _ in range(ROUNDS + 1)][1:]  # the first compiles
    how = f"a process of its own, median of {ROUNDS}"
    yield Figure(what, median(one for one, _ in rounds), unit, how)
    ratio = median(one / other for one, other in rounds)
    yield Figure(f"{what}, against the other", ratio, "times", "pairs in turn, median", MOST)


def _help(clone: Clone) -> float:
    """Return the CPU seconds of a help, which imports every command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = _ops(clone, "--help")
    if done.returncode:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _drift(clone: Clone) -> float:
    """Return the seconds from the start of a drift to that of its engine, which fails."""
    noted = clone.root / NOTED
    noted.unlink(missing_ok=True)
    begun = time.time()
    done = _ops(clone, "drift", "development")
    if not noted.exists():
        raise SystemExit(f"no engine was run: {done.stderr}")
    return noted.stat().st_mtime - begun


def _ops(clone: Clone, *arguments: str) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join([str(clone.root / "engine"), own.get("PATH", os.defpath)])
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        cwd=clone.root,
        env={**own, "PATH": path, "CHITTYOS_PLUGIN": "stand-in"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def _prepared(folder: Path, source: Path) -> Iterator[Clone]:
    """Give a copy of *source* with all that a drift asks for before its engine runs."""
    clone = make_clone(folder, source=source)
    for name, text in {
        "engine/pulumi": ENGINE.format(version=pairs.wanted().engine, noted=folder / NOTED),
        ".local/cloudflare/token": "t" * 40,
        ".local/stacks/Pulumi.development.yaml": "config: {}\n",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o700)
    with ThreadingHTTPServer(("127.0.0.1", clone.port), _Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield clone
        server.shutdown()


class _Answering(BaseHTTPRequestHandler):
    """A local Cloudflare that is there, and says no more."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def _last_commit(folder: Path) -> Path:
    """Check out what was committed last, beside what it is compared with."""
    command = ["git", "clone", "--quiet", "--shared", str(ROOT), str(folder)]
    subprocess.run(command, check=True)
    return folder
