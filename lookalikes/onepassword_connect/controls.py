"""What only tests ask of a server: its upstream, its tokens, and what happens to requests."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookalikes.onepassword_connect.behaviour import Behaviour, BehaviourError
from lookalikes.onepassword_connect.errors import RefusedError, invalid, missing
from lookalikes.onepassword_connect.server import Server

ROOT = "/look-alike"


class Body(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Upstream(Body):
    """Whether 1Password can be reached."""

    away: bool


class Wanted(Body):
    """What happens to all requests from now on; empty for nothing."""

    wants: str


class NewToken(Body):
    """A token to be issued for vaults, by their names."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    vaults: tuple[str, ...]
    write: bool = False


B = TypeVar("B", bound=Body)
Control = Callable[[Server, Request], Awaitable[Response]]


def control_routes(server: Server) -> Sequence[Route]:
    """Return the routes by which tests steer *server*; they ask for no token."""

    def route(method: str, path: str, control: Control) -> Route:
        async def endpoint(request: Request) -> Response:
            return await control(server, request)

        return Route(f"{ROOT}{path}", endpoint, methods=[method])

    return (
        route("PUT", "/upstream", _set_upstream),
        route("PUT", "/behaviour", _set_behaviour),
        route("POST", "/tokens", _issue_token),
        route("DELETE", "/tokens/{name}", _revoke_token),
    )


async def _set_upstream(server: Server, request: Request) -> Response:
    server.away = (await _read(Upstream, request)).away
    return JSONResponse(server.health())


async def _set_behaviour(server: Server, request: Request) -> Response:
    try:
        server.behaviour = Behaviour.of((await _read(Wanted, request)).wants)
    except BehaviourError as error:
        raise invalid(str(error)) from None
    return JSONResponse(server.behaviour.model_dump())


async def _issue_token(server: Server, request: Request) -> Response:
    wanted = await _read(NewToken, request)
    ids = {vault["name"]: key for key, vault in server.store.kept.vaults.items()}
    unknown = next((name for name in wanted.vaults if name not in ids), None)
    if unknown is not None:
        raise missing("vault", unknown)
    vaults = [ids[name] for name in wanted.vaults]
    value = server.store.issue(wanted.name, vaults, write=wanted.write)
    return JSONResponse({"token": value}, HTTPStatus.CREATED)


async def _revoke_token(server: Server, request: Request) -> Response:
    name = request.path_params["name"]
    if not server.store.revoke(name):
        raise missing("token", name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _read(model: type[B], request: Request) -> B:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"{place}: {first['msg']}") from None
