"""The live page in Chromium, on a whole local Cloudflare: what a person sees and does with it."""

import http.server
import json
import os
import threading
from contextlib import ExitStack

import pytest

from harness import chromium
from harness.local_cloudflare import local_cloudflare
from local.process.ports import HOST
from tests.local.api.live_page_in_chromium import (
    CONTRAST,
    FOCUSED,
    NAMELESS,
    SECRET,
    WICKED,
    furnish,
    link,
    press,
    shows,
    text,
    until,
    visit,
)
from tests.support_runtime import eventually

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

VIEWS = ("overview", "hosts", "requests", "logs", "storage", "triggers", "rules", "cost")

READABLE = 4.5
"""Contrast that WCAG asks of text."""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("page") / "cf") as cf:
        furnish(cf)
        yield cf


@pytest.fixture(scope="module")
def browser():
    """Give a page of Chromium; without one the tests are skipped, on a build machine they fail."""
    with ExitStack() as stack:
        try:
            executable = chromium.ensure()
        except chromium.NoBrowserError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        opened = stack.enter_context(chromium.browser(executable))
        opened.resize(1300, 900)
        yield opened


@pytest.fixture
def page(browser, running):
    """Open the page by its printed address, as a person does."""
    browser.prefer("light")
    browser.open("about:blank")
    browser.open(link(running))
    until(lambda: "serves" in text(browser, "#state"))
    return browser


def test_it_loads_nothing_from_elsewhere_and_keeps_the_link_to_itself(page, running):
    for name in VIEWS:
        visit(page, name)

    base = f"http://{HOST}:{running.api_port}/local/page"
    assert {each for each in page.requests if not each.startswith(base)} == set()
    assert page.console == []
    assert "." not in page.evaluate("location.href").partition("#")[2]
    # A cookie would go along to whatever else listens on this machine.
    assert page.evaluate("document.cookie") == ""


def test_requests_come_as_they_come_with_the_rules_that_fired(page, running):
    visit(page, "requests")
    running.at("api.chitty.cc", f"/welcome?token={SECRET}")
    running.at("api.chitty.cc", "/wp-login.php")
    running.at("nowhere.chitty.cc", "/lost")

    shows(page, "/welcome", "200", "/wp-login.php", "403", "block by probes", "/lost", "530")
    assert SECRET not in text(page)
    assert "token" not in text(page)


def test_a_list_can_be_filtered_and_held(page, running):
    visit(page, "requests")
    running.at("api.chitty.cc", "/one-thing")
    shows(page, "/one-thing")
    page.evaluate("document.getElementById('held').click()")
    running.at("api.chitty.cc", "/other-thing")
    visit(page, "logs")
    shows(page, "visited /other-thing")  # so that the page knows of the request by now
    visit(page, "requests")
    shows(page, "/other-thing")

    set_filter = """(text) => { const field = document.getElementById("filter"); field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true })); }"""
    page.evaluate(f"({set_filter})('one-thing')")

    assert "/one-thing" in text(page)
    assert "/other-thing" not in text(page)


def test_lines_of_the_log_come_without_secrets(page, running):
    visit(page, "logs")
    running.at("api.chitty.cc", "/log-line")

    shows(page, "visited /log-line [secret]")
    assert SECRET not in text(page)


def test_stores_are_looked_into_by_their_names(page, running):
    running.at("api.chitty.cc", "/fill")
    visit(page, "storage")

    for store, steps, wanted in (
        ("sessions", ["key"], "value [secret]"),
        ("files", ["folder/note.txt"], "note [secret]"),
        ("main", ["people"], "[secret]"),
        ("Counter of api", ["", "hits"], "bytes) [secret]"),
    ):
        press(page, store)
        shows(page, {"Counter of api": "objects that have stored"}.get(store, store))
        for step in steps:
            press(page, step, "#inside")
        shows(page, wanted)
        assert SECRET not in text(page)


def test_a_schedule_and_a_queue_are_started_by_hand(page):
    visit(page, "triggers")
    press(page, "Run now")
    shows(page, "api 0 0 1 1 *: ended as ok")
    page.evaluate("""document.querySelector("main input").value = '{"from": "the page"}'""")
    press(page, "Send")
    shows(page, "jobs: the message is sent")

    visit(page, "logs")
    shows(page, "schedule 0 0 1 1 *", 'message {"from":"the page"}')


def test_rules_are_counted_also_while_nobody_looks(page, running):
    fired = "Number(document.querySelector('tbody tr').cells[5].textContent)"
    visit(page, "rules")
    shows(page, "probes", "block")
    before = page.evaluate(fired)

    page.open("about:blank")
    running.at("api.chitty.cc", "/wp-login.php")
    page.open(link(running))
    visit(page, "rules")

    shows(page, "probes", "block")
    assert page.evaluate(fired) == before + 1


def test_what_is_deployed_meanwhile_appears(page, running):
    visit(page, "hosts")
    domain = {"hostname": "late.chitty.cc", "service": "api", "zone_id": running.zone_id}
    running.result("PUT", running.account("/workers/domains"), json=domain)

    shows(page, "late.chitty.cc", "anyone")


def test_names_and_values_that_look_like_markup_are_text(page, running):
    running.at("api.chitty.cc", f"/{WICKED}")
    for name in VIEWS:
        visit(page, name)
        if name in ("logs", "rules"):
            shows(page, WICKED)
    visit(page, "storage")
    press(page, "sessions")
    press(page, "key <img", "#inside")
    shows(page, f"value [secret] {WICKED}")

    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("document.title") == "Local Cloudflare"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_in_dark(page, running, scheme):
    running.at("api.chitty.cc", "/wp-login.php")
    page.prefer(scheme)
    for name in VIEWS:
        visit(page, name)

        assert min(page.evaluate(CONTRAST)) >= READABLE


def test_everything_has_a_name_and_the_keyboard_reaches_it(page):
    visit(page, "triggers")
    assert page.evaluate(NAMELESS) == []
    page.evaluate("document.body.focus()")
    page.evaluate("document.querySelector('nav a').focus()")
    reached = []
    for _ in range(len(VIEWS) + 8):
        page.press("Tab", 9)
        reached.append(page.evaluate(FOCUSED))

    assert set(VIEWS[1:]) <= set(reached)
    assert {"Run 0 0 1 1 * of api now", "Message to jobs", "Send to jobs"} <= set(reached)


def test_a_button_keeps_the_keyboard(page):
    visit(page, "triggers")
    page.evaluate("document.querySelector('main button').focus()")
    press(page, "Run now")
    shows(page, "ended as ok")

    assert page.evaluate(FOCUSED) == "Run 0 0 1 1 * of api now"


def test_an_address_that_is_pasted_into_an_open_page_lets_in(page, running):
    page.evaluate("sessionStorage.setItem('session', 'one that has ended')")
    page.evaluate(f"location.href = {link(running)!r}")

    until(lambda: "." not in page.evaluate("location.hash"))
    until(lambda: "serves" in text(page, "#state"))


def test_an_address_of_no_view_shows_the_first(page):
    visit(page, "rules")
    page.evaluate("location.hash = '#/constructor'")

    shows(page, "What answers, and what it reaches")


def test_a_page_that_was_left_holds_no_connection_and_goes_on_when_it_is_back(page, running):
    """A browser has six connections to a host, and keeps pages that were left for "back".

    It gives the connection of such a page back after a minute; what waits for one waits as long.
    """
    for _ in range(7):
        page.open("about:blank")
        page.open(f"http://{HOST}:{running.api_port}/local/page")
        eventually(lambda: "What answers, and what it reaches" in text(page), True, 30)  # noqa: FBT003

    page.open("about:blank")
    page.evaluate("history.back()")
    until(lambda: page.evaluate("location.pathname") == "/local/page")
    visit(page, "requests")

    def is_seen():  # what is asked before the page follows again is told to nobody
        running.at("api.chitty.cc", "/seen-after-back")
        return "/seen-after-back" in text(page)

    until(is_seen)


def test_it_finds_back_after_a_change_that_starts_the_runtime_anew(page, running):
    visit(page, "requests")
    running.result(
        "PUT", running.account("/workers/scripts/api/schedules"), json=[{"cron": "0 0 1 1 *"}]
    )
    running.upload("second", {"worker.mjs": "export default { fetch() { return new Response() } }"})
    running.at("api.chitty.cc", "/after-the-change")

    shows(page, "/after-the-change")


def test_without_the_address_it_says_how_to_get_in(browser, running):
    browser.open("about:blank")
    browser.open(f"http://{HOST}:{running.api_port}/local/page")
    browser.evaluate("sessionStorage.clear()")
    browser.open("about:blank")
    browser.open(f"http://{HOST}:{running.api_port}/local/page")

    shows(browser, "make status")


def test_a_page_of_another_origin_gets_nothing_of_it(browser, running):
    """A page that somebody was led to asks for it with all that a page may do."""
    base = f"http://{HOST}:{running.api_port}/local/page"

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, *_):
            pass

    with http.server.HTTPServer((HOST, 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.open(f"http://{HOST}:{server.server_port}/")
        session = running.result(
            "POST", "/local/page/session", json={"link": link(running).partition("#")[2]}
        )["session"]
        tried = browser.evaluate(
            f"""Promise.all([
              fetch({base!r} + "/overview", {{ headers: {{ authorization: "Bearer {session}" }} }}),
              fetch({base!r} + "/overview", {{ mode: "cors" }}),
              fetch({base!r} + "/cron/api", {{ method: "POST" }}),
            ].map((each) => each.then((answer) => answer.text(), () => "nothing")))"""
        )
        framed = browser.evaluate(
            f"""new Promise((done) => {{
              const frame = document.createElement("iframe");
              frame.onload = () => done(frame.contentDocument?.body?.textContent ?? "nothing");
              frame.src = {base!r};
              document.body.append(frame);
            }})"""
        )
        server.shutdown()

    assert json.dumps(tried) == json.dumps(["nothing"] * 3)
    assert framed == "nothing"
