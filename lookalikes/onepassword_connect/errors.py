"""How a Connect server refuses: always JSON of a status and a message."""

from http import HTTPStatus

from starlette.responses import JSONResponse, Response


class RefusedError(Exception):
    """A request that is not answered; the message never holds a value of an item."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> RefusedError:
    """Return the refusal of a request that is not of its form."""
    return RefusedError(HTTPStatus.BAD_REQUEST, message)


def missing(what: str, identifier: str) -> RefusedError:
    """Return the refusal of *what* (`item`, `vault`, `file`) that is not there."""
    return RefusedError(HTTPStatus.NOT_FOUND, f"{what} {identifier} not found")


def refusal(error: RefusedError, retry_after: int | None = None) -> Response:
    """Return *error* as it is answered, with *retry_after* seconds. Default: without."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return JSONResponse({"status": error.status, "message": error.message}, error.status, headers)
