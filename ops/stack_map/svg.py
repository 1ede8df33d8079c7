"""A map as a drawing: one picture without a reference to anything outside it."""

from pathlib import Path

from ops.stack_map.document import Heading
from ops.stack_map.html_markup import element, exact, text
from ops.stack_map.layout import (
    HEAD,
    HEADS,
    LEFT,
    LINE,
    MARGIN,
    PADDING,
    WIDTH,
    Band,
    Box,
    Line,
    bands,
    who_of,
)
from planning.exposure.model import Exposure

STYLE = Path(__file__).with_name("drawing.css")
TITLE = 64
"""Height of the title and the legend above the bands."""

NAME = 24
"""Height of the name of a system above its band."""

LEGEND = (
    ("open", "anyone reaches it"),
    ("guarded", "Access decides"),
    ("closed", "nothing answers"),
)
BEND = 0.5


def render(heading: Heading, exposure: Exposure) -> str:
    """Return the whole map as one SVG, readable in light and in dark."""
    numbers = who_numbers(exposure)
    y, drawn = float(TITLE), []
    for band in bands(exposure):
        name = element("text", text(band.system.title), x=MARGIN, y=f"{y + 20:g}", class_="system")
        y += NAME
        inner = element("g", draw(band, numbers), transform=f"translate(0 {y:g})")
        drawn.append(name + inner)
        y += band.height
    body = element("title", text(title(heading)), id="map-title")
    body += element("desc", text(description(exposure)), id="map-description")
    body += f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
    body += element("rect", class_="ground", width=WIDTH, height=f"{y:g}")
    body += element("text", text(title(heading)), x=MARGIN, y=28, class_="title") + _legend(52)
    return _svg(body + "".join(drawn), y, "map") + "\n"


def band_svg(band: Band, numbers: dict[str, str], name: str) -> str:
    """Return one band as an SVG of its own, styled by the page that it stands in."""
    said = "; ".join(box.told for box in band.boxes)
    body = element("title", text(f"What answers of {band.system.title}"), id=f"{name}-title")
    body += element("desc", text(said), id=f"{name}-description")
    return _svg(body + draw(band, numbers), band.height, name)


def draw(band: Band, numbers: dict[str, str]) -> str:
    """Return what is in a band: lines first, so that boxes lie above them."""
    heads = "".join(
        element("text", head, x=x, y=HEAD - 8, class_="head")
        for head, x in zip(HEADS, LEFT, strict=True)
        if band.boxes
    )
    lines = "".join(_line(each, numbers) for each in band.lines)
    return heads + lines + "".join(_box(each, numbers) for each in band.boxes)


def title(heading: Heading) -> str:
    """Name the map, and say whether it shows a plan or what is there."""
    what = "what its program would make" if heading.shows == "planned" else "what its state has"
    return f"Map of {heading.stack}: {what}"


def description(exposure: Exposure) -> str:
    """Say every way in one sentence each, for who does not see the drawing."""
    return " ".join(
        f"{way.host}{way.path} ({way.kind}) leads to {way.target.kind} {way.target.name}; "
        f"who: {', '.join(way.who)}."
        for way in exposure.ways
    )


def who_numbers(exposure: Exposure) -> dict[str, str]:
    """Give everybody who may take some way a short name: theirs may have blanks."""
    return {who: f"w{number}" for number, who in enumerate(who_of(exposure))}


def _svg(body: str, height: float, name: str) -> str:
    return element(
        "svg",
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height:g}",
        width=WIDTH,
        height=f"{height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-description",
    )


def _legend(y: int) -> str:
    drawn, x = "", MARGIN
    for looks, meaning in LEGEND:
        drawn += element("rect", class_=f"box {looks}", x=x, y=y - 11, width=22, height=14, rx=3)
        drawn += element("text", meaning, x=x + 30, y=y, class_="small")
        x += 190
    return drawn


def _box(box: Box, numbers: dict[str, str]) -> str:
    drawn = element("title", text(box.told))
    looks = f"box {_looks(box)}"
    size = {"x": box.x, "y": f"{box.y:g}", "width": box.width, "height": box.height, "rx": 6}
    drawn += element("rect", class_=looks, **size)
    for name, lines in _runs(box):
        drawn += element("text", "".join(lines), class_=name)
    return element("g", drawn, class_="part", data_who=_who(box.who, numbers))


def _looks(box: Box) -> str:
    known = ("open", "guarded", "closed", "store")
    return box.looks if box.looks in known else "answers"


def _runs(box: Box) -> list[tuple[str, list[str]]]:
    """Put lines of one class that follow one another into one text: a name is read as a whole."""
    runs: list[tuple[str, list[str]]] = []
    for number, (name, line) in enumerate(box.lines):
        y = box.y + PADDING + LINE * number + 13
        span = element("tspan", exact(line), x=box.x + PADDING, y=f"{y:g}")
        if runs and runs[-1][0] == name == "name":
            runs[-1][1].append(span)
        else:
            runs.append((name, [span]))
    return runs


def _line(line: Line, numbers: dict[str, str]) -> str:
    (x1, y1), (x2, y2) = line.begin, line.end
    half = (x2 - x1) * BEND
    way = f"M{x1:g} {y1:g}C{x1 + half:g} {y1:g} {x2 - half:g} {y2:g} {x2:g} {y2:g}"
    path = element(
        "path", element("title", text(line.told)), class_=f"line {line.looks}".strip(), d=way
    )
    return element("g", path, class_="part", data_who=_who(line.who, numbers))


def _who(who: frozenset[str], numbers: dict[str, str]) -> str:
    return " ".join(sorted(numbers[each] for each in who))
