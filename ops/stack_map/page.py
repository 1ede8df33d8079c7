"""A map as a page: drawings with the same in tables, a filter, and nothing from outside it."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from ops.stack_map.document import Heading
from ops.stack_map.html_markup import element, text
from ops.stack_map.layout import Band, bands, who_of
from ops.stack_map.svg import LEGEND, STYLE, band_svg, title, who_numbers
from planning.exposure.model import OF_WORKERS, Exposure, Target, Way, ZoneFacts

HERE = Path(__file__)
PAGE_STYLE, SCRIPT = HERE.with_name("page.css"), HERE.with_name("page.js")
MEANINGS = (*LEGEND, ("answers", "what answers"), ("store", "what it can reach"))
WAY_HEADS = (
    "host",
    "path",
    "kind",
    "leads to",
    "who may reach it",
    "decided by",
    "rules of the zone",
)
TARGET_HEADS = ("what answers", "hosts", "reaches", "secrets", "beside")
ZONE_HEADS = ("zone", "owner", "plan", "CAA records", "who may issue certificates", "restricted")


def render(heading: Heading, exposure: Exposure) -> str:
    """Return the whole map as one HTML file, which asks no other for anything."""
    style = _read(STYLE) + _read(PAGE_STYLE)
    script = _read(SCRIPT)
    head = "".join(
        [
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            element("title", text(title(heading))),
            f"<style>{style}</style>",
        ]
    )
    body = element("main", _main(heading, exposure)) + f"<script>{script}</script>"
    page = element("html", element("head", head) + element("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


def _policy(style: str, script: str) -> str:
    """Let in the style and the script of the page by their hashes, and nothing else."""
    only = (f"style-src '{_hash(style)}'", f"script-src '{_hash(script)}'")
    return "; ".join(["default-src 'none'", *only, "base-uri 'none'", "form-action 'none'"])


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _main(heading: Heading, exposure: Exposure) -> str:
    numbers = who_numbers(exposure)
    sections = [
        _section(exposure, band, numbers, f"s{number}")
        for number, band in enumerate(bands(exposure))
    ]
    parts = (
        element("h1", text(title(heading))),
        element("p", text(_summary(heading, exposure)), class_="quiet"),
        _exposed(exposure),
        _filter(exposure, numbers),
        _legend(),
        *sections,
        _zones(exposure.zones),
        _unread(exposure),
    )
    return "\n".join(parts)


def _summary(heading: Heading, exposure: Exposure) -> str:
    hosts = {(way.kind, way.host) for way in exposure.ways}
    reached = {(way.kind, way.host) for way in exposure.ways if way.open}
    return (
        f"{heading.environment}, {heading.shows}: {len(hosts)} hosts, {len(reached)} of them "
        f"reached by anyone. Who may is what Access decides at the edge; what a worker asks for "
        f"itself comes after that."
    )


def _exposed(exposure: Exposure) -> str:
    if not exposure.found:
        return ""
    listed = "".join(element("li", text(each.text)) for each in exposure.found)
    heading = element("h2", "Exposed", id="exposed")
    return element(
        "section", heading + element("ul", listed), class_="exposed", aria_labelledby="exposed"
    )


def _filter(exposure: Exposure, numbers: dict[str, str]) -> str:
    systems = [(each.name, each.title) for each in exposure.systems]
    people = [(numbers[who], who) for who in who_of(exposure)]
    fields = _select("system", "System", "every system", systems)
    fields += _select("who", "Who", "everybody", people)
    fields += element("button", "Show all", type="reset")
    fields += element("output", "", id="told", aria_live="polite")
    return element("form", fields, hidden="", aria_label="Filter")


def _select(name: str, label: str, every: str, options: Iterable[tuple[str, str]]) -> str:
    listed = element("option", every, value="")
    listed += "".join(element("option", text(shown), value=value) for value, shown in options)
    return element("label", text(label) + element("select", listed, id=name), for_=name)


def _legend() -> str:
    listed = "".join(
        element("li", element("span", "", class_=looks, aria_hidden="true") + text(meaning))
        for looks, meaning in MEANINGS
    )
    return element("ul", listed, class_="legend", aria_label="Legend")


def _section(exposure: Exposure, band: Band, numbers: dict[str, str], name: str) -> str:
    system = band.system
    ways = [way for way in exposure.ways if way.target.system == system.name]
    targets = [each for each in exposure.targets if each.place.system == system.name]
    asks = f"Its workers ask for {system.asks_for} themselves." if system.asks_for else ""
    drawing = element(
        "div",
        band_svg(band, numbers, name),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=f"Drawing of {system.title}",
    )
    content = (
        element("h2", text(system.title), id=f"{name}-head"),
        element("p", text(asks), class_="quiet") if asks else "",
        drawing,
        _ways(ways, numbers, system.title),
        _targets(targets, ways, numbers, system.title),
    )
    return element(
        "section", "\n".join(content), data_system=system.name, aria_labelledby=f"{name}-head"
    )


def _ways(ways: Sequence[Way], numbers: dict[str, str], system: str) -> str:
    rows = [
        _row(
            (
                (way.host, "host"),
                (way.path, "host"),
                ("; ".join([way.kind.value, *way.notes]), None),
                (f"{way.target.kind} {way.target.name}", None),
                ("; ".join(way.who), "open" if way.open else None),
                (f"Access: {way.guard}" if way.guard else "nothing", None),
                ("; ".join(way.rules) or "none", None),
            ),
            " ".join(sorted(numbers[who] for who in way.who)),
            "way",
        )
        for way in ways
    ]
    return _table(f"Ways in to {system}", WAY_HEADS, rows)


def _targets(
    targets: Sequence[Target], ways: Sequence[Way], numbers: dict[str, str], system: str
) -> str:
    rows = []
    for target in targets:
        reached = {numbers[who] for way in ways if way.target == target.place for who in way.who}
        secrets = [each.name for each in target.bindings if each.kind.startswith("secret")]
        cells = (
            (f"{target.place.kind} {target.place.name}", "host"),
            (_counted(target), None),
            ("; ".join(_reaches(target)) or "nothing", None),
            (", ".join(secrets) or "none", None),
            ("; ".join(target.notes), None),
        )
        rows.append(_row(cells, " ".join(sorted(reached)), "target"))
    return _table(f"What answers of {system}", TARGET_HEADS, rows)


def _counted(target: Target) -> str:
    if not target.hosts:
        return ""
    return ", ".join(f"{kind.value}: {target.hosts[kind.value]}" for kind in OF_WORKERS)


def _reaches(target: Target) -> list[str]:
    return [
        f"{' or '.join(f'{place.kind} {place.name}' for place in bound.to)} ({bound.name})"
        for bound in target.bindings
        if bound.to
    ]


def _zones(zones: Sequence[ZoneFacts]) -> str:
    rows = [
        _row(
            (
                (zone.name, "host"),
                (zone.owner, None),
                (zone.plan, None),
                ("; ".join(zone.caa) or "none", "host"),
                (", ".join(zone.may_issue), None),
                (f"{'yes' if zone.restricts else 'no'}: {zone.why}", None),
            )
        )
        for zone in zones
    ]
    table = _table("Zones, and what their CAA records restrict", ZONE_HEADS, rows)
    return element("section", element("h2", "Zones", id="zones") + table, aria_labelledby="zones")


def _unread(exposure: Exposure) -> str:
    listed = ", ".join(f"{number} {name}" for name, number in exposure.unread.items())
    said = f"Of these resources the map says nothing: {listed}." if listed else ""
    return element("p", text(said), class_="quiet") if said else ""


def _table(caption: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    if not rows:
        return ""
    head = element("tr", "".join(element("th", text(each), scope="col") for each in heads))
    content = element("caption", text(caption)) + element("thead", head)
    table = element("table", content + element("tbody", "".join(rows)))
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _row(
    cells: Iterable[tuple[str, str | None]], who: str | None = None, looks: str | None = None
) -> str:
    content = "".join(element("td", text(shown), class_=style) for shown, style in cells)
    return element("tr", content, class_=looks, data_who=who) + "\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
