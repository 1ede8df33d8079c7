"""One server: who may ask it, what it knows of its upstream, and how well it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from lookalikes.onepassword_connect.activity import Activity
from lookalikes.onepassword_connect.behaviour import Behaviour
from lookalikes.onepassword_connect.errors import RefusedError, missing
from lookalikes.onepassword_connect.identifiers import checked_id
from lookalikes.onepassword_connect.store import Store, Token

Json = dict[str, Any]
NAME, VERSION = "1Password Connect API", "1.8.2"
BEARER = "bearer"


@dataclass
class Server:
    """What requests act on."""

    store: Store
    activity: Activity = field(default_factory=Activity)
    away: bool = False
    """Whether 1Password cannot be reached: what was fetched is served, nothing is changed."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    """What happens to every request. Default: nothing unusual."""

    asked: bool = False
    """Whether a request with a good token came since the start: before, nothing is synced."""

    def authenticate(self, headers: Mapping[str, str]) -> Token:
        """Return the token of a request, and begin to sync; 401 for none, or one that ended."""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() != BEARER or not value:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "Missing bearer token")
        token = self.store.token_of(value)
        if token is None or token.revoked:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "Invalid bearer token")
        self._sync()
        return token

    def _sync(self) -> None:
        self.asked = True
        if not self.store.kept.synced:
            if self.away:
                message = "sync is not finished: 1Password cannot be reached"
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, message)
            self.store.kept.synced = True
            self.store.save()

    def vault(self, token: Token, request: Request) -> Json:
        """Return the vault of the address; 400, 404 or 403 where it is not for *token*."""
        key = checked_id(request.path_params["vault"], "Vault")
        vault = self.store.kept.vaults.get(key)
        if vault is None:
            raise missing("vault", key)
        if key not in token.vaults:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"vault {key} is not in scope")
        return vault

    def item(self, token: Token, request: Request) -> Json:
        """Return the item of the address."""
        vault = self.vault(token, request)
        key = checked_id(request.path_params["item"], "Item")
        item = self.store.kept.items[vault["id"]].get(key)
        if item is None:
            raise missing("item", key)
        return item

    def check_change(self, token: Token) -> None:
        """Refuse a change by a token that only reads, or while there is no upstream."""
        if not token.write:
            raise RefusedError(HTTPStatus.FORBIDDEN, "token has no permission to write")
        if self.away:
            message = "1Password cannot be reached: nothing is changed"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, message)

    def health(self) -> Json:
        """Return the state of what it depends on; it answers 200 whatever that is."""
        message = "1Password cannot be reached; cached data is served" if self.away else ""
        sync = {"service": "sync", "status": self._sync_status()}
        return {
            "name": NAME,
            "version": VERSION,
            "dependencies": [
                {"service": "sqlite", "status": "ACTIVE", "message": "Connected to database"},
                {**sync, "message": message} if message else sync,
            ],
        }

    def _sync_status(self) -> str:
        if not self.asked:
            return "TOKEN_NEEDED"
        return "NOT_SYNCED" if self.away else "ACTIVE"
