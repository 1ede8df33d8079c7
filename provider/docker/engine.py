"""The Docker Engine, asked through Docker's own SDK; what it refuses becomes a sentence."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

import docker
from docker.errors import APIError, DockerException, create_api_error_from_http_exception
from docker.utils import parse_repository_tag
from requests import Response
from requests.exceptions import HTTPError, RequestException

from common.json_types import Json
from provider.docker.settings import LOCAL
from provider.errors import PluginError, UnreachableError

NOT_FOUND = 404
_CONFLICT = 409
ASK_SECONDS = 120
"""How long the engine may take for one answer; a stop may take its grace longer."""

_GONE = re.compile(r"no such (container|volume|image|network)|network \S+ not found", re.IGNORECASE)
_SHORT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


class EngineError(PluginError):
    """The engine refused. The message says what it answered."""

    def __init__(self, error: APIError) -> None:
        self.status = error.status_code
        said = _SHORT.sub(r"\1", str(error.explanation or error).strip().rstrip("."))
        self.is_gone = self.status == NOT_FOUND and bool(_GONE.search(said))
        super().__init__(f"the Docker Engine answered {self.status}: {said}{_remedy(self.status)}")


class Api(docker.APIClient):
    """Docker's own client, and two calls in which it does not say all that the engine takes."""

    def update(self, container: str, body: Json) -> None:
        """Change limits and restart policy of a running *container* in place."""
        place = self._place(f"containers/{container}/update")
        self._succeeded(self.post(place, json=body, timeout=ASK_SECONDS))

    def discard(self, volume: str) -> None:
        """Remove *volume* even if what it was kept on is gone: the client loses its own `force`."""
        place = self._place(f"volumes/{quote(volume)}")
        self._succeeded(self.delete(place, params={"force": "1"}, timeout=ASK_SECONDS))

    def _place(self, path: str) -> str:
        return f"{self.base_url}/v{self.api_version}/{path}"

    def _succeeded(self, answer: Response) -> None:
        try:
            answer.raise_for_status()
        except HTTPError as error:
            create_api_error_from_http_exception(error)


class Engine:
    """The engine at one address. Each use has a connection of its own: calls come side by side."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._version: str | None = None

    @contextmanager
    def api(self) -> Iterator[Api]:
        """Connect; raises `EngineError` for what is refused, `UnreachableError` for silence."""
        try:
            with closing(self._connected()) as api:
                self._version = api.api_version
                yield api
        except APIError as error:
            raise EngineError(error) from error
        except (DockerException, RequestException) as error:
            raise self._silent(type(error).__name__) from error

    def _connected(self) -> Api:
        try:
            with socket.socket(socket.AF_UNIX) as probe:  # of which the client would leave one open
                probe.connect(self.host.removeprefix(LOCAL))
        except OSError as error:
            raise self._silent(str(error.strerror)) from error
        return Api(base_url=self.host, version=self._version or "auto", timeout=ASK_SECONDS)

    def _silent(self, reason: str) -> UnreachableError:
        return UnreachableError(
            f"no Docker Engine answers at {self.host} ({reason}); start it, or set docker:host to "
            "the socket of one that runs"
        )


def found(ask: Any, *given: Any) -> Json | None:
    """Return what *ask* answers; `None` when the engine says for sure that there is none."""
    try:
        return dict(ask(*given))
    except APIError as error:
        if EngineError(error).is_gone:
            return None
        raise


def ensure_image(api: Api, name: str, platform: str | None = None) -> Json:
    """Return the image *name* as the engine has it; what it has not is pulled.

    Raises `PluginError` when it cannot be.
    """
    image = found(api.inspect_image, name)
    if image is None:
        _pull(api, name, platform)
        image = dict(api.inspect_image(name))  # type: ignore[no-untyped-call]
    return image


def _pull(api: Api, name: str, platform: str | None) -> None:
    repository, tag = parse_repository_tag(name)
    try:
        lines = api.pull(
            repository, tag=tag or "latest", platform=platform, stream=True, decode=True
        )
        reason = next((line["error"] for line in lines if "error" in line), None)
    except APIError as error:
        reason = str(error.explanation)
    if reason:
        raise PluginError(
            f"the Docker Engine has no image {name}, and it cannot be pulled: {reason.strip()}; "
            "import it, or name one that can be"
        )


def _remedy(status: int | None) -> str:
    return "; remove it, or choose another name" if status == _CONFLICT else ""
