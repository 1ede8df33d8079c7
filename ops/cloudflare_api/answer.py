"""What API v4 answers, taken apart, and the errors for an answer that is none or says no."""

from dataclasses import dataclass
from typing import Any

import httpx

from common.json_types import Json
from ops.errors import OpsError

FORBIDDEN = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
SEE = "see that the network and the address are right, then run the same command again"


class NoAnswerError(OpsError):
    """Nothing came, or something that is not of API v4; *said* is what, without the address."""

    def __init__(self, where: str, said: str) -> None:
        super().__init__(f"{where} {said}; {SEE}")
        self.said = said


class RefusedError(OpsError):
    """The API answered, and said no: *status*, and in *said* its codes and words."""

    def __init__(self, where: str, answer: "Answer") -> None:
        super().__init__(f"{where} is refused ({answer.status}: {answer.said})")
        self.status, self.said = answer.status, answer.said


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    result: Any = None
    codes: tuple[int, ...] = ()
    total: int = 0
    """How many there are of what was listed; 0 for what is no list, or does not say."""

    cursor: str = ""
    """Where the list goes on. Default: it ends here, or goes on by the number of its page."""

    pages: int = 0
    """How many pages the list has; 0 where it does not say."""

    said: str = "no reason"
    """Codes and words of its errors, for a sentence."""

    message: str = ""
    """What its first error says, without a code."""

    success: bool = False
    """Whether it says that it worked."""

    is_envelope: bool = False
    """Whether it has the form of API v4: it says whether it worked, and has a result."""

    @property
    def good(self) -> bool:
        """Whether it was answered."""
        return httpx.codes.is_success(self.status)

    @property
    def rows(self) -> int:
        """How many entries its list has; some lists are wrapped in an object."""
        found = self.result
        if isinstance(found, dict):
            found = next((each for each in found.values() if isinstance(each, list)), [])
        return len(found) if isinstance(found, list) else 0

    @property
    def forbidden(self) -> bool:
        """Whether the token may not ask that."""
        return self.status in FORBIDDEN

    @property
    def silent(self) -> bool:
        """Whether it says nothing of what was asked: asked too often, or broken."""
        too_many = self.status == httpx.codes.TOO_MANY_REQUESTS
        return too_many or httpx.codes.is_server_error(self.status)

    @property
    def reason(self) -> str:
        """Status and codes, for a sentence: `403, code 10000`."""
        listed = ", ".join(map(str, self.codes))
        return f"{self.status}, code {listed}" if listed else str(self.status)


def answer_of(status: int, body: object) -> Answer:
    """Take the JSON of an answer apart; what is no object says nothing but its status."""
    whole = body if isinstance(body, dict) else {}
    listed, info = _errors(whole), whole.get("result_info")
    about: Json = info if isinstance(info, dict) else {}
    success = whole.get("success")
    return Answer(
        status,
        whole.get("result"),
        codes=tuple(e["code"] for e in listed if isinstance(e.get("code"), int)),
        total=_number(about, "total_count"),
        cursor=str(about.get("cursor") or ""),
        pages=_number(about, "total_pages"),
        said="; ".join(f"{e.get('code')} {e.get('message')}" for e in listed) or "no reason",
        message=str(listed[0].get("message")) if listed else "",
        success=success is True,
        is_envelope=isinstance(success, bool) and "result" in whole,
    )


def _errors(whole: Json) -> list[Json]:
    errors = whole.get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _number(about: Json, name: str) -> int:
    return found if isinstance(found := about.get(name), int) else 0
