"""Origins of R2's CORS rules: cloudflare-docs#32888 and the documentation (issue 9, part 4)."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.addresses import check_origin
from planning.origins import allows_origin, check_allowed_origin, check_allowed_origins
from planning.refusals import RefusedError

CASES = json.loads((Path(__file__).parent / "origin_cases.json").read_text())
"""Allowed origin, header of a page, whether it fits: the runtime is asked the same."""

GOOD = [
    "*",
    "https://static.example.com",
    "http://localhost",
    "http://localhost:3000",
    "http://127.0.0.1:65535",
    "http://[::1]:3000",
    "https://*",
    "https://*.team.workers.dev",
    "https://*-app.team.workers.dev",
    "https://app-*.team.workers.dev:8443",
    "capacitor://localhost",
]
BAD = {
    "": "is no origin",
    "null": "is no origin",
    "example.com": "it is scheme://host[:port]",
    "//example.com": "is no origin",
    "https://": "is no origin",
    "https://static.example.com/": "without a path",
    "https://static.example.com/fonts/Calibri.woff2": "without a path",
    "https://static.example.com?x": "without a path, user or query",
    "https://user@example.com": "without a path, user or query",
    "http://localhost:*": "at most one * and that in the host",
    "http://localhost:": "is no origin",
    "*://example.com": "at most one * and that in the host",
    "**": "is no origin",
    "https://*.*.example.com": "has more than one *",
    "https://example.com:0": "no port of 1 to 65535",
    "https://example.com:65536": "no port of 1 to 65535",
    " https://example.com": "is no origin",
    "https://example.com\n": "is no origin",
    "https://a.example,https://b.example": "is no origin",
}


@pytest.mark.parametrize("text", GOOD)
def test_what_r2_takes_is_returned(text):
    assert check_allowed_origin(text) == text


@pytest.mark.parametrize(("text", "said"), BAD.items())
def test_what_r2_refuses_is_refused(text, said):
    with pytest.raises(RefusedError, match=re.escape(said)):
        check_allowed_origin(text)


@pytest.mark.parametrize(("allowed", "origin", "fits"), CASES)
def test_an_origin_fits_as_r2_compares(allowed, origin, fits):
    assert allows_origin(allowed, origin) == fits


@pytest.mark.parametrize(
    "texts",
    [("*", "https://a.test"), ("https://a.test",) * 2, ("https://*.a.test", "https://*.b.a.test")],
)
def test_an_origin_that_another_lets_in_is_refused(texts):
    with pytest.raises(RefusedError, match=r"is let in by '.*' already; leave one of them out"):
        check_allowed_origins(texts)


@pytest.mark.parametrize(
    "texts", [(), ("*",), ("https://a.test", "https://*.a.test", "http://a.test")]
)
def test_origins_that_each_let_somebody_else_in_are_returned(texts):
    assert check_allowed_origins(texts) == texts


@given(origin=st.from_regex(r"https?://[a-z0-9.-]{1,12}(:[0-9]{1,5})?", fullmatch=True))
def test_every_page_of_the_configuration_is_one_that_r2_takes(origin):
    try:
        check_origin(origin)
    except RefusedError:
        return
    assert check_allowed_origin(origin) == origin


HOST = st.text("ab.*", min_size=1, max_size=5)
ALLOWED = st.builds("https://{}{}".format, HOST, st.sampled_from(("", ":8443", ":*")))
ORIGIN = st.builds(
    "https://{}{}".format, st.text("ab.", max_size=5), st.sampled_from(("", ":8443"))
)


@given(allowed=ALLOWED, origin=ORIGIN)
def test_a_wildcard_is_any_characters_and_nothing_else_is_special(allowed, origin):
    host = allowed.removeprefix("https://").removesuffix(":8443")
    if host.count("*") > 1 or ":*" in allowed:
        with pytest.raises(RefusedError):
            check_allowed_origin(allowed)
    else:
        check_allowed_origin(allowed)
        regex = re.escape(allowed).replace(r"\*", ".*")
        assert allows_origin(allowed, origin) == bool(re.fullmatch(regex, origin))
