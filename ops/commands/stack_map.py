"""`map`: what of a stack answers where, who may reach it, and what it can reach itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from config import PlatformConfig
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.preview import untrusted_text
from ops.stack import command_lock, effective_config
from ops.stack.ephemeral import example
from ops.stack.target import Target, read_target
from ops.stack_map import deployed_resources, document, page, svg
from ops.stack_map.document import Heading
from ops.stack_map.live_page_notice import facts
from ops.terminal import console
from planning.exposure.exposure import map_of
from planning.exposure.graph import Resource
from planning.exposure.model import Exposure, Found
from planning.exposure.zones import Zone

NO_API = "http://127.0.0.1:1/client/v4"
"""Stands for an API that is not asked."""

UNSET = "not set yet"
PLANNED, DEPLOYED = "planned", "deployed"


class Format(StrEnum):
    """How a map is written."""

    HTML = "html"
    SVG = "svg"
    JSON = "json"


RENDERERS = {Format.HTML: page.render, Format.SVG: svg.render, Format.JSON: document.render}

Out = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="Default: .local/map of the clone.")
]
Formats = Annotated[
    list[Format] | None, typer.Option("--format", help="One of them, or several; default: all.")
]
Deployed = Annotated[
    bool, typer.Option("--deployed", help="What the state has, not what the program would make.")
]
StateFile = Annotated[
    Path | None, typer.Option("--file", help="A state exported before; --deployed goes without.")
]


def stack_map(
    stack: StackName,
    *,
    out: Out = None,
    formats: Formats = None,
    state: Deployed = False,
    file: StateFile = None,
) -> None:
    """Draw what of STACK answers where, who may reach it, and what it can reach itself.

    Runs the program offline, with example values where only the owner has any; changes nothing.
    """
    paths = Paths()
    target = read_target(paths, stack)
    folder = _folder(out or paths.local / "map")
    with console.out.status(f"drawing {stack}"):
        configuration = effective_config.check(paths, _completed(target))
        resources = _resources(paths, target, configuration, file, from_state=state)
        drawn = map_of(resources, _zones(target, configuration), facts(target, configuration))
        shows = DEPLOYED if state or file else PLANNED
        heading = Heading(stack, target.environment, shows)
        written = [_write(folder, heading, drawn, each) for each in (formats or Format)]
    _say(heading, drawn, written)


def _completed(target: Target) -> Target:
    """Return *target* with example values where only its owner has any."""
    if target.local:
        return target
    return Target(target.name, target.environment, example(target, NO_API))


def _resources(
    paths: Paths,
    target: Target,
    configuration: PlatformConfig,
    file: Path | None,
    *,
    from_state: bool,
) -> list[Resource]:
    if file:
        return deployed_resources.of_file(file)
    command_lock.take(
        paths
    )  # workers are bundled, or the state is read: nobody is to write meanwhile
    if from_state:
        return deployed_resources.of_stack(paths, target)
    # The SDK takes a second to load.
    from ops.stack_map.planned_resources import registered  # noqa: PLC0415
    from systems.platform import build  # noqa: PLC0415

    return registered(lambda: build(configuration), target.name)


def _zones(target: Target, configuration: PlatformConfig) -> list[Zone]:
    """Return the zones of the stack; an owner that is an example is none."""
    named = {each.get("name"): each.get("owner") for each in target.config["chittyos:zones"]}
    listed = configuration.deployment.zones
    return [Zone(each.name, each.id, str(each.plan), named[each.name] or UNSET) for each in listed]


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OpsError(f"--out {folder}: {error.strerror}; name a folder to write to") from None
    return folder


def _write(folder: Path, heading: Heading, drawn: Exposure, wanted: Format) -> Path:
    path = folder / f"{heading.stack}.{wanted}"
    try:
        path.write_text(RENDERERS[wanted](heading, drawn), encoding="utf-8")
    except OSError as error:
        raise OpsError(f"{path}: {error.strerror}; give another folder by --out") from None
    return path


def _say(heading: Heading, drawn: Exposure, written: list[Path]) -> None:
    hosts = {(way.kind, way.host) for way in drawn.ways}
    reached = {(way.kind, way.host) for way in drawn.ways if way.open}
    stores = [each for each in drawn.stores if each.system]
    console.out.print(
        f"{escape(heading.stack)}, {heading.shows}: {len(drawn.systems)} systems, "
        f"{len(hosts)} hosts, {len(reached)} of them reached by anyone, {len(stores)} stores"
    )
    for each in drawn.found:
        console.out.print(f"[yellow]exposed:[/yellow] {escape(_sentence(each))}")
    for path in written:
        console.out.print(f"wrote {escape(str(path))}")


def _sentence(found: Found) -> str:
    return untrusted_text.clean(found.text, limit=untrusted_text.LOOKED_AT)
