"""A drawing: nothing over another, whatever is on it, and nothing in a name is markup."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.stack_map import page, svg
from ops.stack_map.document import Heading
from ops.stack_map.html_markup import text
from ops.stack_map.layout import HEAD, LEFT, LETTER, PADDING, WIDTHS, bands
from planning.exposure.exposure import map_of
from planning.exposure.model import SystemFacts
from tests.ops.stack_map.example import HOSTILE, ZONES
from tests.planning.exposure.support import component, domain, made, script, subdomain

HEADING = Heading("example", "production", "planned")
SVG = "{http://www.w3.org/2000/svg}"


def overlapping(boxes):
    return [
        (one.told, other.told)
        for one in boxes
        for other in boxes
        if one is not other
        and one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    ]


def check(exposure):
    for band in bands(exposure):
        assert overlapping(band.boxes) == []
        for box in band.boxes:
            assert box.y >= HEAD
            assert box.y + box.height <= band.height
            assert all(len(line) * LETTER <= box.width - 2 * PADDING for _, line in box.lines)
        for line in band.lines:
            assert line.begin[0] < line.end[0], "a line leads to the right"


def test_nothing_of_the_example_overlaps(exposure):
    check(exposure)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(names, names, names), max_size=30), st.integers(1, 5))
def test_nothing_overlaps_for_five_systems_with_many_hosts_of_any_name(given_names, systems):
    above = [component("System", f"system {n}") for n in range(systems)]
    resources = [*above]
    for number, (name, host, store) in enumerate(given_names):
        parent = above[number % systems].urn
        held = made("WorkersKvNamespace", f"kv {number}", parent, title=store)
        listed = [{"name": "KV", "type": "kv_namespace", "namespaceId": held.id}]
        worker = f"{name} {number}"
        resources += [held, script(worker, parent=parent, bindings=listed), domain(host, worker)]
        resources.append(subdomain(worker, enabled=True))
    exposure = map_of(resources, ZONES, ())

    check(exposure)
    ET.fromstring(svg.render(HEADING, exposure))  # noqa: S314 - written by ourselves


def test_a_line_joins_only_what_belongs_together(exposure):
    band = next(each for each in bands(exposure) if each.system.name == "desk")
    told = {line.told for line in band.lines}

    assert "anyone: desk.example.org/status/*" in told
    assert "anyone: desk.example.org/*" not in told
    assert "PAPERS" in told


def test_columns_leave_room_for_lines():
    ends = [left + width for left, width in zip(LEFT, WIDTHS, strict=True)]

    assert all(end < begin for end, begin in zip(ends, LEFT[1:], strict=False))


def test_the_picture_is_one_document_with_title_description_and_every_host(exposure):
    root = ET.fromstring(svg.render(HEADING, exposure))  # noqa: S314
    shown = "".join(root.itertext())

    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "Map of example: what its program would make"
    described = root.findtext(f"{SVG}desc", "")
    for way in exposure.ways:
        assert way.host in shown
        assert f"{way.host}{way.path} ({way.kind}) leads to" in described
    assert root.findall(f".//{SVG}script") == []
    assert root.findall(f".//{SVG}image") == []


def test_nothing_refers_to_anything_outside(exposure):
    for written in (svg.render(HEADING, exposure), page.render(HEADING, exposure)):
        assert not re.search(r"\b(?:href|src|action)=|url\(|@import", written)
        assert set(re.findall(r"https?://[\w.]+", written)) <= {
            "http://www.w3.org",  # names SVG, and is never asked
            "http://nginx",  # a service of the example
        }


@pytest.mark.parametrize("render", [svg.render, page.render])
def test_a_name_is_never_markup(exposure, render):
    written = render(HEADING, exposure)

    assert HOSTILE not in written
    assert "&lt;script&gt;alert(&quot;owned&quot;)&lt;/script&gt;" in written


@pytest.mark.parametrize("given_text", ["\x00a\x1b[31m", "a\u202eb", "\ud800", "a\nb"])
def test_what_xml_has_no_form_for_is_left_out(given_text):
    assert text(given_text).isprintable()
    ET.fromstring(f"<a b='{text(given_text)}'>{text(given_text)}</a>")  # noqa: S314


def test_the_page_says_what_is_deployed_where_it_is(exposure):
    deployed = page.render(Heading("example", "production", "deployed"), exposure)

    assert "<title>Map of example: what its state has</title>" in deployed


def test_a_stack_of_nothing_has_a_map():
    empty = map_of([], (), [SystemFacts("shop", "Shop")])

    assert "0 hosts" in page.render(HEADING, empty)
    ET.fromstring(svg.render(HEADING, empty))  # noqa: S314
