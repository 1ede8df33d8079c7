"""The look-alike of 1Password Connect that runs with the local Cloudflare."""

from pathlib import Path

from starlette.types import ASGIApp

from local.errors import HomeError
from local.process.home import Home, damaged
from local.process.settings import Settings
from lookalikes.onepassword_connect.app import create_app
from lookalikes.onepassword_connect.planting import plant
from lookalikes.onepassword_connect.seed import SeedError, read_seed
from lookalikes.onepassword_connect.server import Server
from lookalikes.onepassword_connect.store import DamagedError, Store


def connect_server(home: Home, settings: Settings) -> ASGIApp:
    """Return the one of *home*, with the vaults of *settings*; `HomeError` where it cannot be."""
    try:
        store = Store(home.connect)
        for file in settings.vaults:
            plant(store, read_seed(Path(file)))
    except SeedError as error:
        raise HomeError(str(error)) from error
    except DamagedError as error:
        raise damaged(home.connect / "state.json", "is not what a server keeps") from error
    return create_app(Server(store))
