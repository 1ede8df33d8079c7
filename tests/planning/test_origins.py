"""Origins of R2's CORS rules: cloudflare-docs#32888 and the documentation (issue 9, part 4)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.origins import allows_origin, check_allowed_origin
from planning.refusals import RefusedError

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


@pytest.mark.parametrize(
    ("allowed", "origin", "fits"),
    [
        ("https://*-myapp.team.workers.dev", "https://a1b2c3d4-myapp.team.workers.dev", True),
        ("https://*-myapp.team.workers.dev", "https://other-worker.team.workers.dev", False),
        ("https://*-myapp.team.workers.dev", "https://myapp.team.workers.dev", False),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "http://a.example.com", False),
        ("https://*.example.com", "https://a.example.com:8443", False),
        ("https://*.example.com", "https://a.example.com.evil.test", False),
        ("https://*", "https://anybody.test", True),
        ("https://*", "http://anybody.test", False),
        ("*", "null", True),
        ("https://example.com", "https://example.com", True),
        ("https://example.com", "https://Example.com", False),
        ("https://example.com", "https://example.com:443", False),
        ("https://a*a.test", "https://a.test", False),
    ],
)
def test_an_origin_fits_as_r2_compares(allowed, origin, fits):
    assert allows_origin(allowed, origin) == fits


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
