"""The local Cloudflare on the command line: `python -m local …`."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from local import daemon
from local.home import Home, HomeError, Settings, parse_zones
from local.store import StoreError

NOT_RUNNING = 3
FOLLOW_SECONDS = 0.5

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True, highlight=False, soft_wrap=True)

Dir = Annotated[Path, typer.Option("--dir", help="Directory of the local Cloudflare.")]
PortOption = Annotated[int | None, typer.Option(help="Remembered in the directory.")]
ZoneOption = Annotated[
    list[str], typer.Option("--zone", help="name=id, may be repeated; remembered.")
]
DEFAULT_DIR = Path(".local/cloudflare")


@app.command()
def start(
    directory: Dir = DEFAULT_DIR,
    api_port: PortOption = None,
    edge_port: PortOption = None,
    s3_port: PortOption = None,
    zone: ZoneOption = [],  # noqa: B006  # typer copies it
) -> None:
    """Start it in the background and wait until it answers."""
    home = Home(directory)
    with plain_errors():
        if pid := daemon.running_pid(home):
            out.print(f"already running (process {pid})")
            show(daemon.ask(home, "GET", "/local/status"))
            return
        settings = remember(home, api_port, edge_port, s3_port, zone)
        with out.status("starting the local Cloudflare"):
            status = daemon.start(home, settings)
        show(status)


@app.command()
def stop(directory: Dir = DEFAULT_DIR) -> None:
    """Stop it. Records and data stay."""
    with plain_errors(), out.status("stopping the local Cloudflare"):
        stopped = daemon.stop(Home(directory))
    out.print("stopped" if stopped else "not running")


@app.command()
def status(
    directory: Dir = DEFAULT_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show where it answers. Exit code 3 when it does not run."""
    home = Home(directory)
    with plain_errors():
        if not daemon.running_pid(home):
            out.print(json.dumps({"ready": False}) if as_json else "not running")
            raise typer.Exit(NOT_RUNNING)
        found = daemon.ask(home, "GET", "/local/status")
        if as_json:
            sys.stdout.write(json.dumps(found) + "\n")
        else:
            show(found)


@app.command()
def logs(
    directory: Dir = DEFAULT_DIR,
    worker: Annotated[str | None, typer.Option(help="Of this script only.")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Show what workers printed, threw and how their requests ended."""
    home = Home(directory)
    with plain_errors():
        if not daemon.running_pid(home):
            raise HomeError(f"not running; run `make start`, or read {home.log}")
        since = 0.0
        while True:
            since = print_logs(home, worker, since)
            if not follow:
                return
            time.sleep(FOLLOW_SECONDS)


@app.command()
def reset(
    directory: Dir = DEFAULT_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop it and delete all records and all data."""
    home = Home(directory)
    if not yes:
        typer.confirm(f"Delete every record and all data in {home.directory}?", abort=True)
    with plain_errors():
        daemon.stop(home)
        home.reset()
    out.print("all records and data are deleted; `make start` begins anew")


@app.command()
def serve(
    directory: Dir = DEFAULT_DIR,
    api_port: PortOption = None,
    edge_port: PortOption = None,
    s3_port: PortOption = None,
    zone: ZoneOption = [],  # noqa: B006  # typer copies it
) -> None:
    """Run it in the foreground until SIGTERM."""
    from local.server import serve as run  # noqa: PLC0415  # the other commands need no runtime

    home = Home(directory)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with plain_errors():
        asyncio.run(run(home, remember(home, api_port, edge_port, s3_port, zone)))


def remember(
    home: Home, api_port: int | None, edge_port: int | None, s3_port: int | None, zone: list[str]
) -> Settings:
    """Keep what was given on the command line for the next start."""
    ports = {"api_port": api_port, "edge_port": edge_port, "s3_port": s3_port}
    return home.remember({**ports, "zones": parse_zones(zone)})


@contextmanager
def plain_errors() -> Iterator[None]:
    """End with one sentence and exit code 1, never with a traceback."""
    try:
        yield
    except (HomeError, StoreError) as error:
        err.print(f"error: {error}")
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def show(found: dict[str, Any]) -> None:
    """Print where everything answers."""
    table = Table("what", "address", title="local Cloudflare", title_justify="left")
    ports = found["ports"]
    table.add_row("API v4", f"http://127.0.0.1:{ports['api']}/client/v4")
    table.add_row("R2 (S3)", f"http://127.0.0.1:{ports['s3']}")
    table.add_row("edge", f"http://127.0.0.1:{ports['edge']}")
    for host, address in found["addresses"].items():
        table.add_row(host, address)
    out.print(table)


def print_logs(home: Home, worker: str | None, since: float) -> float:
    """Print what came after *since*; the time of the last line comes back."""
    asked = {"since": repr(since), **({"worker": worker} if worker else {})}
    for line in daemon.ask(home, "GET", "/local/logs", params=asked):
        moment = float(line.get("time", since))
        stamp = datetime.fromtimestamp(moment).strftime("%H:%M:%S")  # noqa: DTZ006  # for people
        text = line.get("stack") or line["message"]
        out.print(f"{stamp} {line['worker'] or 'runtime'} {text}", markup=False, highlight=False)
        since = max(since, moment)
    return since


if __name__ == "__main__":
    app(prog_name="python -m local")
