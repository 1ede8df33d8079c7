"""One account by API v4, for what is copied of it: each request may be sent again for minutes."""

from pathlib import Path
from typing import Any

import httpx

from ops.cloudflare_api.answer import NoAnswerError, answer_of
from ops.cloudflare_api.client import AGAIN, LASTING, Client
from ops.errors import OpsError

A_PART = 1 << 20


class Account(Client):
    """Requests below one account."""

    def __init__(
        self, api: str, account: str, token: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        super().__init__(f"{api}/accounts/{account}", token, patience=LASTING, transport=transport)
        self.api, self.account, self.token = api, account, token

    def send(self, method: str, url: str, **sent: Any) -> httpx.Response:
        """Send a request to any address, without the token, again while that may help.

        Raises `NoAnswerError` when no answer comes that says anything.
        """
        response = super().send(method, url, **sent)
        if response.status_code in AGAIN:
            where = str(httpx.URL(url).copy_with(query=None))
            raise NoAnswerError(where, f"does not answer (status {response.status_code})")
        return response

    def verified_token(self) -> str:
        """Return the id of the token, which the account owns or a user.

        Raises `OpsError` for one that is not valid.
        """
        owners = (self.base, f"{self.api}/user")
        for owner in owners:
            url = f"{owner}/tokens/verify"
            response = self.send("GET", url, headers=self.authorization)
            found = answer_of(response.status_code, self.json_of(response))
            if found.good and isinstance(found.result, dict) and found.result.get("id"):
                return str(found.result["id"])
        raise OpsError("the token of CLOUDFLARE_API_TOKEN is not valid; make another one")

    def upload(self, url: str, file: Path) -> httpx.Response:
        """Put *file* at an address that is its own permission."""
        return self.send("PUT", url, content=file)

    def _once(self, method: str, url: str, **sent: Any) -> httpx.Response:
        content = sent.get("content")
        if not isinstance(content, Path):
            return super()._once(method, url, **sent)
        with content.open("rb") as file:  # read anew each time that it is sent
            size = str(content.stat().st_size)
            parts = iter(lambda: file.read(A_PART), b"")
            return super()._once(method, url, content=parts, headers={"content-length": size})
