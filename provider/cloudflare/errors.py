"""What a user reads when API v4 refused, or answered what it cannot have meant."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from common.json_types import Json
from provider.errors import PluginError

if TYPE_CHECKING:
    from provider.cloudflare.table import Request

NOT_FOUND = 404
_CONFLICT = 409
_UNAUTHORIZED = {401, 403}
_SERVER_FAILS = 500
_OVERLOADED = 429
_WRONG_SERVER = (
    "check that {} is this stack's local Cloudflare and CLOUDFLARE_API_TOKEN its token, "
    "then run it again"
)
_ILL_SERVER = "make status says what is wrong at {}; mend that, then run it again"


class ApiError(PluginError):
    """The API refused. The message says what was asked and what it answered, no body of ours."""

    def __init__(self, request: "Request", status: int, errors: list[Json]) -> None:
        self.reason = f"{request} answered {status}: {_sentence(errors)}"
        self.status = status
        self._codes = {error.get("code") for error in errors}
        super().__init__(f"{self.reason}{_remedy(status)}")

    def is_not_found(self, codes: Iterable[int]) -> bool:
        """Return whether the API said 404 by one of *codes*, which mean that there is none."""
        return self.status == NOT_FOUND and bool(self._codes & set(codes))


class StrangeAnswerError(PluginError):
    """An answer that no API v4 with this stack's account gives. *what* is all of it but the end."""

    def __init__(self, what: str, base_url: str) -> None:
        super().__init__(f"{what}; {_WRONG_SERVER.format(base_url)}")


class NotGoneError(PluginError):
    """An answer that does not say for sure that the *resource* is gone.

    *refusal* is that answer, *but* what makes it doubtful. Default: its status or code.
    """

    def __init__(self, resource: str, refusal: ApiError, base_url: str, but: str = "") -> None:
        failed = refusal.status >= _SERVER_FAILS or refusal.status == _OVERLOADED
        remedy = (_ILL_SERVER if failed else _WRONG_SERVER).format(base_url)
        super().__init__(
            f"{refusal.reason}{but}; that does not say that the {resource} is gone, so it stays in "
            f"the state: {remedy}"
        )


def _sentence(errors: list[Json]) -> str:
    reasons = [f"{error.get('message')} (code {error.get('code')})" for error in errors]
    return "; ".join(reasons) or "no reason given"


def _remedy(status: int) -> str:
    if status in _UNAUTHORIZED:
        return "; check that CLOUDFLARE_API_TOKEN is the token of this local Cloudflare"
    return "; import it or choose another name" if status == _CONFLICT else ""
