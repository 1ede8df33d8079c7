"""The map in Chromium: it loads nothing, says nothing on the console, can be read and filtered."""

import os

import pytest

from harness import chromium
from ops.stack_map import page as pages
from ops.stack_map import svg
from ops.stack_map.document import Heading

HEADING = Heading("example", "production", "planned")
WINDOW = (1440, 900)
OVERLAPPING = """(() => {
  const found = [];
  for (const drawing of document.querySelectorAll("svg")) {
    const all = [...drawing.querySelectorAll("rect.box")];
    const boxes = all.map((box) => box.getBoundingClientRect());
    boxes.forEach((one, i) => boxes.slice(i + 1).forEach((other) => {
      if (one.left < other.right && other.left < one.right && one.top < other.bottom
        && other.top < one.bottom) found.push([one.left, one.top, other.left, other.top]);
    }));
  }
  return found;
})()"""
OUTSIDE = """[...document.querySelectorAll("g.part")].filter((part) => {
  const box = part.querySelector("rect.box");
  if (!box) return false;
  const room = box.getBoundingClientRect();
  return [...part.querySelectorAll("tspan, text")].some((line) => {
    const { left, right, top, bottom } = line.getBoundingClientRect();
    return left < room.left || right > room.right || top < room.top || bottom > room.bottom;
  });
}).map((part) => part.textContent)"""
SHOWN = """[...document.querySelectorAll("tr.way")].filter((row) => row.checkVisibility())
  .map((row) => row.cells[0].textContent + row.cells[1].textContent)"""
SYSTEMS = """[...document.querySelectorAll("section[data-system]")]
  .filter((each) => each.checkVisibility()).map((each) => each.dataset.system)"""
CONTRAST = """(() => {
  const ink = getComputedStyle(document.querySelector(WHERE));
  const part = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (text) => part(text).map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const [one, other] = [light(ink.color), light(getComputedStyle(document.body).backgroundColor)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
})()"""
READABLE = 4.5
"""Contrast that WCAG asks of text."""


@pytest.fixture(scope="module")
def page():
    """Give a page of Chromium; without one the tests are skipped, on a build machine they fail."""
    try:
        executable = chromium.ensure()
    except chromium.NoBrowserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with chromium.browser(executable) as opened:
        opened.resize(*WINDOW)
        yield opened


@pytest.fixture(scope="module")
def html(tmp_path_factory, exposure):
    path = tmp_path_factory.mktemp("map") / "example.html"
    path.write_text(pages.render(HEADING, exposure))
    return path


@pytest.fixture
def opened(page, html):
    page.prefer("light")
    page.open(html.as_uri())
    return page


def choose(page, name, label):
    """Choose an option by what it says, as a hand would."""
    page.evaluate(
        f"""(() => {{
          const list = document.getElementById({name!r});
          list.value = [...list.options].find((each) => each.text === {label!r}).value;
          list.dispatchEvent(new Event("change", {{ bubbles: true }}));
        }})()"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_asks_for_nothing_and_complains_of_nothing(page, html, scheme):
    page.prefer(scheme)
    page.open(html.as_uri())

    assert page.requests == [html.as_uri()]
    assert page.console == []


def test_the_browser_says_so_when_a_page_does_ask(page, tmp_path):
    """Without this, a driver that hears nothing would make every test of silence pass."""
    other = tmp_path / "other.html"
    other.write_text('<script>console.error("oh")</script><img src="http://127.0.0.1:1/x.png">')
    page.open(other.as_uri())

    assert "http://127.0.0.1:1/x.png" in page.requests
    assert any("oh" in said for said in page.console)


def test_its_policy_stops_what_somebody_might_put_into_it(page, html, tmp_path):
    changed = tmp_path / "changed.html"
    wicked = '<img src="http://127.0.0.1:1/x.png"><script>document.title = "owned"</script>'
    changed.write_text(html.read_text().replace("<main>", f"<main>{wicked}"))
    page.open(changed.as_uri())

    assert page.evaluate("document.title") != "owned"
    assert any("Content Security Policy" in said for said in page.console)


def test_a_picture_is_read_alone(page, tmp_path, exposure):
    picture = tmp_path / "example.svg"
    picture.write_text(svg.render(HEADING, exposure))
    page.open(picture.as_uri())
    shown = page.evaluate("document.documentElement.textContent")

    assert page.requests == [picture.as_uri()]
    assert page.console == []
    assert page.evaluate(OVERLAPPING) == []
    assert page.evaluate(OUTSIDE) == []
    assert [way.host for way in exposure.ways if way.host not in shown] == []


def test_every_host_can_be_seen(opened, exposure):
    assert sorted(opened.evaluate(SHOWN)) == sorted(f"{w.host}{w.path}" for w in exposure.ways)
    drawn = opened.evaluate('[...document.querySelectorAll("svg text")].map((t) => t.textContent)')
    assert [way.host for way in exposure.ways if not any(way.host in each for each in drawn)] == []


def test_nothing_is_over_another_and_no_text_leaves_its_box(opened):
    assert opened.evaluate('document.querySelectorAll("rect.box").length') > 40
    assert opened.evaluate(OVERLAPPING) == []
    assert opened.evaluate(OUTSIDE) == []


def test_a_name_that_looks_like_markup_is_text(opened):
    assert opened.evaluate("document.scripts.length") == 1
    assert '<script>alert("owned")</script>' in opened.evaluate("document.body.innerText")


def test_the_filter_shows_one_system(opened, exposure):
    choose(opened, "system", "Desk")

    assert opened.evaluate(SYSTEMS) == ["desk"]
    assert set(opened.evaluate(SHOWN)) == {
        f"{way.host}{way.path}" for way in exposure.ways if way.target.system == "desk"
    }
    assert opened.evaluate('document.getElementById("told").textContent').startswith("4 of ")


def test_the_filter_shows_what_somebody_may_reach(opened, exposure):
    choose(opened, "who", "service token robot")

    assert set(opened.evaluate(SHOWN)) == {
        f"{way.host}{way.path}" for way in exposure.ways if "service token robot" in way.who
    }
    assert opened.evaluate(SYSTEMS) == ["desk"]
    bright = opened.evaluate('[...document.querySelectorAll("g.part:not(.aside) rect.box")].length')
    assert bright == 1 + 3 + 1 + 1  # who, three hosts, the worker, its bucket


def test_what_was_filtered_comes_back(opened, exposure):
    choose(opened, "system", "Desk")
    opened.evaluate('document.querySelector("button[type=reset]").click()')
    opened.evaluate("new Promise((done) => setTimeout(done, 50))")

    assert len(opened.evaluate(SHOWN)) == len(exposure.ways)


def test_the_keyboard_reaches_the_filter_and_every_drawing(opened):
    reached = []
    for _ in range(16):
        opened.press("Tab", 9)
        reached.append(
            opened.evaluate(
                'document.activeElement.id || document.activeElement.getAttribute("aria-label")'
            )
        )

    assert reached[:2] == ["system", "who"]
    assert {"Drawing of Shop", "Drawing of Old"} <= set(reached)


def test_everything_has_a_name_for_who_does_not_see_it(opened):
    nameless = opened.evaluate(
        """[...document.querySelectorAll("svg, select, section, table, [role=region], form")]
          .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length
            || each.caption || each.getAttribute("aria-labelledby")?.split(" ")
              .every((id) => document.getElementById(id)?.textContent)))
          .map((each) => each.outerHTML.slice(0, 80))"""
    )

    assert nameless == []
    assert opened.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["h1", "p.quiet", "th", "td.open"])
def test_text_can_be_read_in_light_and_in_dark(page, html, scheme, where):
    page.prefer(scheme)
    page.open(html.as_uri())

    assert page.evaluate(CONTRAST.replace("WHERE", repr(where))) >= READABLE


def test_a_narrow_window_scrolls_drawings_and_not_the_page(opened):
    opened.resize(480, 800)
    try:
        assert opened.evaluate("document.documentElement.scrollWidth") <= 480
        assert opened.evaluate('document.querySelector(".scroll").scrollWidth') > 1000
    finally:
        opened.resize(*WINDOW)
