"""What a user reads when the stand-in plugin cannot go on."""

from typing import TYPE_CHECKING

from common.errors import SentenceError
from common.json_types import Json

if TYPE_CHECKING:
    from provider.table import Request

NOT_FOUND = 404
_CONFLICT = 409
_UNAUTHORIZED = {401, 403}


class PluginError(SentenceError):
    """A sentence for the user. It holds no secret."""


class UnreachableError(PluginError):
    """Nothing answers. It never means that a resource is gone."""


class ApiError(PluginError):
    """The API refused. The message says what was asked and what it answered, no body of ours."""

    def __init__(self, request: "Request", status: int, errors: list[Json]) -> None:
        self.status = status
        self.codes = [error.get("code") for error in errors]
        super().__init__(f"{request} answered {status}: {_sentence(errors)}{_remedy(status)}")


def _sentence(errors: list[Json]) -> str:
    reasons = [f"{error.get('message')} (code {error.get('code')})" for error in errors]
    return "; ".join(reasons) or "no reason given"


def _remedy(status: int) -> str:
    if status in _UNAUTHORIZED:
        return "; check that CLOUDFLARE_API_TOKEN is the token of this local Cloudflare"
    return "; import it or choose another name" if status == _CONFLICT else ""
