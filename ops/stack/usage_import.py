"""Usage of accounts brought in from a file: in pages, each sent until it is taken (SI-3)."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from common.certificates import trusted_at
from common.files import write_private
from ops.errors import OpsError

AN_IMPORT = 1_000
"""Records that are sent at once."""

A_STEP = 10_000
"""Lines after which it is noted how far it is."""

PATIENCE_SECONDS = 150
"""How long a page is sent again and again: a key is known everywhere within a minute."""

WAIT_SECONDS = 2.0
AGAIN = (401, 429, 500, 502, 503, 504)
_FAULTY = re.compile(r"records\[(\d+)\]")

Line = tuple[int, dict[str, Any]]
"""Number in the file, and the record with the account that it is of."""


@dataclass
class Imported:
    """What came of it."""

    lines: int = 0
    recorded: int = 0
    known_before: int = 0
    charged_nano: int = 0


class Receiver:
    """Where records are sent to: *url*, as *host*, with an API *key*."""

    def __init__(self, url: str, host: str, key: str, patience: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._headers = {"host": host, "authorization": f"Bearer {key}"}
        self._patience = patience

    def send(self, body: Mapping[str, Any]) -> httpx.Response:
        """Send a page until it is taken or refused. Raises `OpsError` when the patience is over."""
        deadline, said = time.monotonic() + self._patience, "no answer"
        while time.monotonic() < deadline:
            try:
                answer = httpx.post(
                    self._url,
                    json=body,
                    headers=self._headers,
                    timeout=90,
                    verify=trusted_at(self._url),
                )
            except httpx.HTTPError as error:
                said = type(error).__name__
            else:
                if answer.status_code not in AGAIN:
                    return answer
                said = str(answer.status_code)
            time.sleep(WAIT_SECONDS)
        raise OpsError(f"{self._url} takes nothing ({said}); run the same command again later")


@dataclass(frozen=True)
class Mark:
    """How far a file is imported, in a file of its own beside others."""

    path: Path

    @classmethod
    def of(cls, folder: Path, stack: str, file: Path) -> "Mark":
        """Return the mark of *file* in *stack*: another content has another."""
        digest = hashlib.sha256(stack.encode())
        with file.open("rb") as opened:
            while part := opened.read(1 << 20):
                digest.update(part)
        return cls(folder / f"{digest.hexdigest()}.json")

    def read(self) -> int:
        """Return the lines that are done."""
        try:
            return int(json.loads(self.path.read_text())["lines"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def remove(self) -> None:
        """Forget it: the ledger knows what it has, and another one may be in its place some day."""
        self.path.unlink(missing_ok=True)

    def write(self, lines: int) -> None:
        """Note that *lines* are done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self.path, json.dumps({"lines": lines}))


def bring_in(
    file: Path, receiver: Receiver, mark: Mark, show: Callable[[Imported], None]
) -> Imported:
    """Send the records of *file* that are not done, and tell *show* after each step.

    Raises `OpsError` for a line that is none, or that is refused, by its number.
    """
    done = Imported(lines=mark.read())
    with file.open(encoding="utf-8", errors="surrogateescape") as opened:
        lines = islice(enumerate(opened, start=1), done.lines, None)
        while step := list(islice(lines, A_STEP)):
            for account, records in _by_account(file, step).items():
                _send(file, receiver, account, records, done)
            done.lines = step[-1][0]
            mark.write(done.lines)
            show(done)
    mark.remove()
    return done


def _by_account(file: Path, step: list[tuple[int, str]]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for number, text in step:
        if not text.strip():
            continue
        try:
            record = json.loads(text, parse_constant=_no_number)
            account = record.pop("account_id")
            json.dumps(record, ensure_ascii=False).encode()
        except (ValueError, KeyError, AttributeError, TypeError):
            raise OpsError(
                f"{file}:{number}: is no JSON object in UTF-8 with an account_id; correct it, then "
                "run the same command again"
            ) from None
        found.setdefault(str(account), []).append((number, record))
    return found


def _no_number(text: str) -> None:
    raise ValueError(text)


def _send(file: Path, receiver: Receiver, account: str, lines: list[Line], done: Imported) -> None:
    for page in _pages(lines):
        answer = receiver.send({"account_id": account, "records": [each for _, each in page]})
        if not answer.is_success:
            raise OpsError(f"{_refused(file, page, answer)}; correct it, then run the same again")
        told = answer.json()
        done.recorded += told["recorded"]
        done.known_before += told["known_before"]
        done.charged_nano += int(told["charged_nano"])


def _pages(lines: list[Line]) -> Iterator[list[Line]]:
    for start in range(0, len(lines), AN_IMPORT):
        yield lines[start : start + AN_IMPORT]


def _refused(file: Path, page: list[Line], answer: httpx.Response) -> str:
    """Say which line is refused and why, as far as the answer tells."""
    try:
        said = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        said = f"the answer is {answer.status_code}"
    found = _FAULTY.match(said)
    number = page[int(found[1])][0] if found and int(found[1]) < len(page) else page[0][0]
    return f"{file}:{number}: {_FAULTY.sub('record', said, count=1)}"
