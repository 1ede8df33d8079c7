"""The edge's own evaluator of expressions, run by Node and asked over a pipe."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from common.json_types import Json

SCRIPT = Path(__file__).with_name("evaluate.mjs")


class Evaluator:
    """Asks one process, a line at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._questions = cast("TextIO", process.stdin)
        self._answers = cast("TextIO", process.stdout)

    def verdict(self, expression: str, request: Json) -> Json:
        """Return `{"verdict"}` or `{"error"}` of *expression* on *request*."""
        return self._ask({"expression": expression, "request": request})

    def tree(self, expression: str) -> Json:
        """Return `{"tree"}` or `{"error"}` of *expression*."""
        return self._ask({"expression": expression, "tree": True})

    def unread(self) -> list[str]:
        """Name the fields that expressions may have and that no reader is there for."""
        found: list[str] = self._ask({"expression": None})["unread"]
        return found

    def _ask(self, question: Json) -> Json:
        print(json.dumps(question), file=self._questions, flush=True)
        found: Json = json.loads(self._answers.readline())
        assert "unforeseen" not in found.get("error", ""), found["error"]
        return found


@contextmanager
def evaluator() -> Iterator[Evaluator]:
    """Run the evaluator until the block ends."""
    command = ["node", str(SCRIPT)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Evaluator(process)
        cast("TextIO", process.stdin).close()
