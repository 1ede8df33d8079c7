"""Where everything of a map stands: four columns, a band for each system, nothing over another.

From left to right: who, by which host, what answers, what that can reach. Sizes are pixels; letters
have one width, so that what fits is counted, not guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from ops.preview import untrusted_text
from planning.exposure.model import ANYONE, EVERY_PATH, Exposure, Place, SystemFacts, Target, Way

WHO, WAYS, TARGETS, STORES = range(4)
HEADS = ("who", "by which host", "what answers", "what it can reach")
WIDTHS = (240, 330, 280, 280)
BETWEEN = 80
"""Room for lines between two columns."""

MARGIN, GAP, PADDING = 24, 14, 10
LINE, LETTER = 17, 7.3
"""Height of a line, and the most that a letter of 12 pixels is wide."""

HEAD = 34
"""Height of what stands above a band."""

LONGEST = 253
"""Letters of a name that are drawn: those of the longest host."""

LEFT = tuple(MARGIN + sum(WIDTHS[:n]) + n * BETWEEN for n in range(len(WIDTHS)))
WIDTH = LEFT[-1] + WIDTHS[-1] + MARGIN

Key = tuple[object, ...]


@dataclass
class Box:
    """Something on the map. *y* is set by its column."""

    column: int
    lines: tuple[tuple[str, str], ...]
    """Class and text of each line."""

    told: str
    """All of it in one sentence, for who does not see it."""

    looks: str
    who: frozenset[str]
    y: float = 0

    @property
    def x(self) -> int:
        return LEFT[self.column]

    @property
    def width(self) -> int:
        return WIDTHS[self.column]

    @property
    def height(self) -> int:
        return len(self.lines) * LINE + 2 * PADDING


@dataclass(frozen=True)
class Line:
    """A connection from the right side of one box to the left side of another."""

    begin: tuple[float, float]
    end: tuple[float, float]
    told: str
    looks: str
    who: frozenset[str]


@dataclass(frozen=True)
class Band:
    """What is drawn of one system."""

    system: SystemFacts
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    height: float


def bands(exposure: Exposure) -> list[Band]:
    """Return a band for each system of the map, in its order."""
    return [_band(exposure, system) for system in exposure.systems]


def who_of(exposure: Exposure) -> list[str]:
    """List everybody who may take some way, anyone first."""
    found = {who for way in exposure.ways for who in way.who}
    return sorted(found, key=lambda who: (who != ANYONE, who.startswith("nobody"), who))


def _band(exposure: Exposure, system: SystemFacts) -> Band:
    ways = [way for way in exposure.ways if way.target.system == system.name]
    targets = [each for each in exposure.targets if each.place.system == system.name]
    reached = {
        target.place: _who(w for w in ways if w.target == target.place) for target in targets
    }
    made: dict[Key, Box] = {}
    for who in dict.fromkeys(who for way in ways for who in way.who):
        made["who", who] = _who_box(who)
    for way in ways:
        made["way", way] = _way_box(way)
    for target in targets:
        made["target", target.place] = _target_box(target, reached[target.place])
    for place in _reachable(exposure, system, targets):
        users = (t for t in targets if any(place in bound.to for bound in t.bindings))
        reaching = frozenset(who for each in users for who in reached[each.place])
        made["store", place] = _store_box(place, system, reaching)
    height = _stack(list(made.values()))
    return Band(system, tuple(made.values()), tuple(_lines(made, ways, targets)), height)


def _who(ways: Iterable[Way]) -> frozenset[str]:
    return frozenset(who for way in ways for who in way.who)


def _reachable(exposure: Exposure, system: SystemFacts, targets: Sequence[Target]) -> list[Place]:
    """List what the system has, and what its workers reach of others."""
    led = [place for target in targets for bound in target.bindings for place in bound.to]
    own = [place for place in exposure.stores if place.system == system.name]
    return list(dict.fromkeys([*led, *own]))


def _stack(boxes: Sequence[Box]) -> float:
    """Stand the boxes of each column one below another, in its middle; return the height."""
    columns = [[box for box in boxes if box.column == n] for n in range(len(WIDTHS))]
    heights = [sum(box.height for box in c) + GAP * max(len(c) - 1, 0) for c in columns]
    tallest = max(*heights, LINE)
    for column, height in zip(columns, heights, strict=True):
        y = HEAD + (tallest - height) / 2
        for box in column:
            box.y = y
            y += box.height + GAP
    return HEAD + tallest + MARGIN


def _lines(made: dict[Key, Box], ways: Sequence[Way], targets: Sequence[Target]) -> list[Line]:
    """Join the boxes; where several lines leave or meet a box, they share its side evenly."""
    joined = _joined(made, ways, targets)
    leaving, meeting = _ports(made, joined, 0), _ports(made, joined, 1)
    return [
        Line(
            (made[one].x + made[one].width, leaving[one, other]),
            (made[other].x, meeting[one, other]),
            told,
            "open" if made[one].looks == "open" and made[other].looks == "open" else "",
            made[one].who & made[other].who,
        )
        for (one, other), told in joined.items()
    ]


def _joined(
    made: dict[Key, Box], ways: Sequence[Way], targets: Sequence[Target]
) -> dict[tuple[Key, Key], str]:
    """Return which boxes a line joins, and what it says."""
    joined: dict[tuple[Key, Key], list[str]] = {}
    for way in ways:
        for who in way.who:
            joined.setdefault((("who", who), ("way", way)), [f"{who}: {way.host}{way.path}"])
        said = [f"{way.host}{way.path}: {way.target.kind} {way.target.name}"]
        joined.setdefault((("way", way), ("target", way.target)), said)
    for target in targets:
        for bound in target.bindings:
            for place in bound.to:
                pair = (("target", target.place), ("store", place))
                joined.setdefault(pair, []).append(bound.name)
    told = {pair: ", ".join(said) for pair, said in joined.items()}
    return {pair: text for pair, text in told.items() if pair[0] in made and pair[1] in made}


def _ports(
    made: dict[Key, Box], joined: Iterable[tuple[Key, Key]], side: int
) -> dict[tuple[Key, Key], float]:
    """Return the height at which each line leaves (*side* 0) or meets (1) its box."""
    by_box: dict[Key, list[tuple[Key, Key]]] = {}
    for pair in joined:
        by_box.setdefault(pair[side], []).append(pair)
    found = {}
    for key, pairs in by_box.items():
        box = made[key]
        ordered = sorted(pairs, key=lambda pair: made[pair[1 - side]].y)
        for number, pair in enumerate(ordered, start=1):
            found[pair] = box.y + box.height * number / (len(ordered) + 1)
    return found


def _who_box(who: str) -> Box:
    looks = "open" if who == ANYONE else "closed" if who.startswith("nobody") else "guarded"
    return Box(WHO, _wrapped("name", who, WHO), who, looks, frozenset([who]))


def _way_box(way: Way) -> Box:
    looks = "open" if way.open else "guarded" if way.guard else "closed"
    path = "" if way.path == EVERY_PATH else way.path
    said = [way.kind.value]
    said += [f"Access: {way.guard}"] if way.guard else []
    if way.rules:
        said.append(_count(len(way.rules), "rule"))
    elif looks != "closed" and not way.notes:
        said.append("no rule stops a request")
    small = [line for each in (*said, *way.notes) for line in _wrapped("small", each, WAYS)]
    lines = (*_wrapped("name", way.host + path, WAYS), *small)
    told = f"{way.host}{way.path}, {', '.join((*said, *way.notes))}; who: {', '.join(way.who)}"
    return Box(WAYS, lines, told, looks, frozenset(way.who))


def _target_box(target: Target, who: frozenset[str]) -> Box:
    place = target.place
    secrets = sum(each.kind.startswith("secret") for each in target.bindings)
    said = [*target.notes, *([_count(secrets, "secret")] if secrets else [])]
    small = [line for each in said for line in _wrapped("small", each, TARGETS)]
    lines = (("small", place.kind), *_wrapped("name", place.name, TARGETS), *small)
    return Box(TARGETS, lines, f"{place.kind} {place.name}: {', '.join(said)}", place.kind, who)


def _store_box(place: Place, system: SystemFacts, who: frozenset[str]) -> Box:
    of = "" if place.system == system.name else f", of {place.system or 'another stack'}"
    lines = (*_wrapped("small", f"{place.kind}{of}", STORES), *_wrapped("name", place.name, STORES))
    return Box(STORES, lines, f"{place.kind} {place.name}{of}", "store", who)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _wrapped(looks: str, text: str, column: int) -> tuple[tuple[str, str], ...]:
    """Cut *text* to lines that fit its column; what cannot be seen in it is left out.

    Blanks stay where a line ends: the lines together are the text.
    """
    letters = int((WIDTHS[column] - 2 * PADDING) / LETTER)
    shown = untrusted_text.clean(text, LONGEST)
    lines = wrap(shown, letters, break_on_hyphens=False, drop_whitespace=False)
    return tuple((looks, line) for line in lines or [" "])
