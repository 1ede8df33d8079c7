"""How Pulumi Cloud refuses: always JSON of a code and a message that begins with its phrase."""

from http import HTTPStatus

from starlette.responses import JSONResponse, Response


class RefusedError(Exception):
    """A request that is not answered; the message never holds a secret."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> Response:
        """Return it as it is sent."""
        said = f"{self.status.phrase}: {self.message}"
        return JSONResponse({"code": self.status.value, "message": said}, self.status)


def invalid(message: str) -> RefusedError:
    """Return the refusal of a request that is not of its form."""
    return RefusedError(HTTPStatus.BAD_REQUEST, message)


def missing(message: str) -> RefusedError:
    """Return the refusal of what is not there."""
    return RefusedError(HTTPStatus.NOT_FOUND, message)


def conflict(message: str) -> RefusedError:
    """Return the refusal of what somebody else does, or has, right now."""
    return RefusedError(HTTPStatus.CONFLICT, message)


def forbidden(message: str) -> RefusedError:
    """Return the refusal of a lease that is none any more."""
    return RefusedError(HTTPStatus.FORBIDDEN, message)


def unauthorized() -> RefusedError:
    """Return the refusal of a request without a good access token."""
    return RefusedError(HTTPStatus.UNAUTHORIZED, "No credentials provided or are invalid.")
