"""The commands of the local Cloudflare: `python -m local …`."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from common.errors import INTERRUPTED
from common.json_types import Json
from local import DEFAULT_DIR
from local.errors import HomeError, Interrupted
from local.process import daemon
from local.process.consent import confirm
from local.process.home import Home
from local.process.settings import Changes, parse_hosts, parse_sidecars, parse_vaults, parse_zones

NOT_RUNNING = 3
FOLLOW_SECONDS = 0.5

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
out = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)
"""For what is reported while something is awaited. Lines that are read on go out as they are."""

Dir = Annotated[Path, typer.Option("--dir", help="Directory of the local Cloudflare.")]
PortOption = Annotated[int | None, typer.Option(help="Remembered in the directory.")]
ZoneOption = Annotated[
    list[str], typer.Option("--zone", help="name=id, may be repeated; remembered.")
]
HostOption = Annotated[
    list[str],
    typer.Option(
        "--host",
        help="name=address of this machine that workers reach in its place; may be repeated; "
        "remembered, an empty address forgets it.",
    ),
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", help="Id of the account, 32 hexadecimal digits; remembered."),
]
VaultsOption = Annotated[
    list[Path],
    typer.Option(
        "--vaults",
        help="YAML of what the look-alike of 1Password Connect begins with; may be repeated; "
        "remembered.",
    ),
]
SidecarOption = Annotated[
    list[Path],
    typer.Option(
        "--sidecar",
        help="JSON of a program that runs beside it behind tunnels: name, command, folder, serves; "
        "may be repeated; remembered.",
    ),
]


@app.command()
def start(  # noqa: PLR0913, PLR0917  # each is an option of its own
    directory: Dir = Path(DEFAULT_DIR),
    api_port: PortOption = None,
    edge_port: PortOption = None,
    s3_port: PortOption = None,
    zone: ZoneOption = [],  # noqa: B006  # typer copies it
    host: HostOption = [],  # noqa: B006
    vaults: VaultsOption = [],  # noqa: B006
    account: AccountOption = None,
    sidecar: SidecarOption = [],  # noqa: B006
) -> None:
    """Start it in the background and wait until it answers; again where settings changed."""
    home = opened(directory)
    changes = asked_for(api_port, edge_port, s3_port, zone, host, vaults, account, sidecar)
    with out.status("starting the local Cloudflare"):
        status = daemon.start(home, changes, out.print)
    show(status, live_page(home))


@app.command()
def stop(directory: Dir = Path(DEFAULT_DIR)) -> None:
    """Stop it. Records and data stay."""
    with out.status("stopping the local Cloudflare"):
        stopped = daemon.stop(opened(directory))
    typer.echo("stopped" if stopped else "not running")


@app.command()
def status(
    directory: Dir = Path(DEFAULT_DIR),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show where it answers, and the last error. Exit code 3 when it does not run."""
    home = opened(directory)
    if not daemon.running_pid(home):
        typer.echo(json.dumps({"ready": False}) if as_json else "not running; run `make start`")
        raise typer.Exit(NOT_RUNNING)
    found = daemon.ask(home, "GET", "/local/status")
    if as_json:
        typer.echo(json.dumps(found))
    else:
        show(found, live_page(home))


@app.command()
def logs(
    directory: Dir = Path(DEFAULT_DIR),
    worker: Annotated[str | None, typer.Option(help="Of this script only.")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
    probes: Annotated[
        bool, typer.Option("--probes", help="Also what `make up` and `ops verify` asked.")
    ] = False,
) -> None:
    """Show what workers printed, threw and how their requests ended."""
    home = opened(directory)
    if not daemon.running_pid(home):
        raise HomeError(f"not running; run `make start`, or read {home.log}")
    asked = {"probes": str(probes).lower(), **({"worker": worker} if worker else {})}
    since = print_logs(home, asked, 0.0)
    try:
        while follow:
            time.sleep(FOLLOW_SECONDS)
            since = print_logs(home, asked, since)
    except Interrupted:  # how following ends: there is nothing to say
        raise typer.Exit(INTERRUPTED) from None


@app.command()
def alert(
    alert_type: Annotated[str, typer.Argument(help="Of Cloudflare's alerts: tunnel_health_event.")],
    about: Annotated[list[str] | None, typer.Argument(help="What happened: name=value.")] = None,
    directory: Dir = Path(DEFAULT_DIR),
) -> None:
    """Tell of an event that did not happen, to see who is told of it."""
    event = {"alert_type": alert_type, "about": dict(map(named_value, about or []))}
    outcomes = daemon.ask(opened(directory), "POST", "/local/alerts", json=event)
    for each in outcomes:
        ended = each["problem"] or "was told"
        typer.echo(f"{each['policy']}: {each['mechanism']} {each['target']}: {ended}")
    if not outcomes:
        typer.echo("nobody is told of that: no notification policy fits")


@app.command()
def mails(directory: Dir = Path(DEFAULT_DIR)) -> None:
    """Show the mails of notifications, the oldest first. None of them left this machine."""
    for mail in reversed(daemon.ask(opened(directory), "GET", "/local/mails?per_page=500")):
        typer.echo(f"{mail['sent']} to {mail['to']}: {mail['subject']}: {mail['text']}")


@app.command()
def received(directory: Dir = Path(DEFAULT_DIR)) -> None:
    """Show what the look-alikes of PagerDuty and Slack were told, the oldest first."""
    kept = daemon.ask(opened(directory), "GET", "/local/received?per_page=500")
    for each in reversed(kept):
        typer.echo(f"{each['received']} {each['service']} {json.dumps(each['body'])}")
    if not kept:
        typer.echo("nobody was told of anything", err=True)


@app.command()
def reset(
    directory: Dir = Path(DEFAULT_DIR),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what is wrong.")] = False,
) -> None:
    """Stop it and delete all records and all data. The state of a stack stays as it is."""
    home = opened(directory)
    if not yes:
        confirm(f"Delete every record and all data in {home.directory}?")
    damaged = daemon.reset(home, out.print)
    if not quiet:
        renewed = f", {', '.join(damaged)} (damaged) as well" if damaged else ""
        typer.echo(f"all records and data are deleted{renewed}; `make start` begins anew")
        typer.echo(
            "the state of `development` was not: it still lists what was deployed, "
            "so that `make up` sees nothing to do; `make reset` deletes it too"
        )


@app.command()
def serve(  # noqa: PLR0913, PLR0917  # each is an option of its own
    directory: Dir = Path(DEFAULT_DIR),
    api_port: PortOption = None,
    edge_port: PortOption = None,
    s3_port: PortOption = None,
    zone: ZoneOption = [],  # noqa: B006  # typer copies it
    host: HostOption = [],  # noqa: B006
    vaults: VaultsOption = [],  # noqa: B006
    account: AccountOption = None,
    sidecar: SidecarOption = [],  # noqa: B006
) -> None:
    """Run it in the foreground until SIGTERM."""
    from local.process.server import serve as run  # noqa: PLC0415  # the other commands need no runtime

    home = opened(directory)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    changes = asked_for(api_port, edge_port, s3_port, zone, host, vaults, account, sidecar)
    asyncio.run(run(home, home.planned(changes)))


def opened(directory: Path) -> Home:
    """Return the home in *directory*, which may have to be made yet."""
    home = Home(directory)
    home.need_directory()
    return home


def asked_for(  # noqa: PLR0913, PLR0917  # each is an option of its own
    api_port: int | None,
    edge_port: int | None,
    s3_port: int | None,
    zone: list[str],
    host: Sequence[str] = (),
    vaults: Sequence[Path] = (),
    account: str | None = None,
    sidecar: Sequence[Path] = (),
) -> Changes:
    """Gather the settings that the command line gives."""
    ports = {"api_port": api_port, "edge_port": edge_port, "s3_port": s3_port}
    named = {"account_id": account, "zones": parse_zones(zone), "hosts": parse_hosts(host)}
    return {**ports, **named, "vaults": parse_vaults(vaults), "sidecars": parse_sidecars(sidecar)}


def named_value(text: str) -> tuple[str, str]:
    """Read `name=value`."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise HomeError(f"{text!r} is no name=value, such as new_health=Unhealthy")
    return name, value


def live_page(home: Home) -> str:
    """Return an address of the live page; "" where an older local Cloudflare runs, without one."""
    try:
        return str(daemon.ask(home, "POST", "/local/page/links")["url"])
    except HomeError:
        return ""


def show(found: Json, page: str = "") -> None:
    """Print where everything answers and what is wrong: whole lines, however narrow the screen.

    *page*: address of the live page; default: it is not told.
    """
    ports = found["ports"]
    sidecars = found.get("sidecars", {})  # one that was started by an older version has none
    lines = {
        "API v4": f"http://127.0.0.1:{ports['api']}/client/v4",
        "R2 (S3)": f"http://127.0.0.1:{ports['s3']}",
        "edge": f"http://127.0.0.1:{ports['edge']}",
        **found["addresses"],
        **({"live page": page} if page else {}),
        "last error": found["last_error"] or "none",
        **({} if found["ready"] else {"state": "the runtime does not serve"}),
        **({"warning": found["warning"]} if found.get("warning") else {}),
        **{name: _of_sidecar(each) for name, each in sidecars.items() if _is_told(each)},
    }
    width = max(map(len, lines))
    for name, text in lines.items():
        typer.echo(f"{name:{width}}  {text}")


def _is_told(sidecar: Json) -> bool:
    return bool(sidecar["said"]) or not sidecar["serves"]


def _of_sidecar(sidecar: Json) -> str:
    begin = "" if sidecar["serves"] else "does not run: "
    return f"{begin}{sidecar['said']} (log: {sidecar['log']})"


def print_logs(home: Home, asked: Mapping[str, str], since: float) -> float:
    """Print what came after *since* and is *asked* for; return the time of the last line."""
    for line in daemon.ask(home, "GET", "/local/logs", params={"since": repr(since), **asked}):
        moment = float(line.get("time", since))
        stamp = datetime.fromtimestamp(moment).strftime("%H:%M:%S")  # noqa: DTZ006  # for people
        text = line.get("stack") or line["message"]
        typer.echo(f"{stamp} {line['worker'] or 'runtime'} {text}")
        since = max(since, moment)
    return since
