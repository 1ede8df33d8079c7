"""What workers print is kept and shown without what is of a user or a secret (FW-10)."""

import base64
import hashlib
from typing import Any

import pytest

from ops.monitoring.error_fingerprints import template
from ops.monitoring.log_redaction import redacted, text

SECRET = base64.urlsafe_b64encode(hashlib.sha256(b"a canary").digest()).decode().strip("=")
KEY = f"-----BEGIN PRIVATE {'KEY'}-----\nMII{SECRET}\nabcd\n-----END PRIVATE {'KEY'}-----\nwell"

TEXTS = {
    f"refused: Bearer {SECRET}": "refused: Bearer [hidden]",
    KEY: "[hidden]\nwell",
    "told alice@example.org": "told [mail]",
    "told alice%40example.org": "told [mail]",
    "from 203.0.113.9": "from [address]",
    "from 2001:db8:0:1:2:3:4:5": "from [address]",
    "from 2001:db8::1": "from [address]",
    "from fe80::1%eth0 at 12:30:45": "from [address] at 12:30:45",
    "fetch https://a.example/x?token=abcdef failed": "fetch https://a.example/x?… failed",
    "?q=of-a-user": "?…",
    "with ?q=of-a-user": "with ?…",
    "back at /x#access_token=abc": "back at /x?…",
    "sent code=4/0AX&state=abc to it": "sent ?… to it",
    "password=hunter2-and-more was wrong": "password=[hidden] was wrong",
    "password=abc!9def$x": "password=[hidden]",
    '{"api_key":"plain words","took":4}': '{"api_key":[hidden],"took":4}',
    '{\\"api_key\\":\\"plain words\\"}': '{\\"api_key\\":[hidden]}',
    "Cookie: session=abc; theme=dark\nHost: a.example": "Cookie: [hidden]\nHost: a.example",
    '{"api_key":"plain words that are cut': '{"api_key":[hidden]',
    "token: expired": "token: expired",
    "is it there? yes, a?.b is": "is it there? yes, a?.b is",
    "see #12, x=1": "see #12, x=1",
}


@pytest.mark.parametrize(("said", "kept"), TEXTS.items())
def test_a_text_is_kept_without_what_is_of_nobody_elses_business(said, kept):
    assert text(said) == kept


def test_an_object_hides_what_stands_under_the_name_of_a_secret_and_keeps_other_numbers():
    printed = {
        "took": 4,
        "ok": True,
        "api_key": "plain-words",
        "pass_token": 123456,
        "cookie": "a=b",
        "tokens": [1, {"of": "alice"}],
        "who": {"note": "well"},
    }

    assert redacted(printed) == {
        "took": 4,
        "ok": True,
        "api_key": "[hidden]",
        "pass_token": "[hidden]",
        "cookie": "[hidden]",
        "tokens": ["[hidden]", {"of": "[hidden]"}],
        "who": {"note": "well"},
    }


def test_what_is_nested_deeply_is_hidden_and_no_endless_work():
    printed: Any = "x"
    for _ in range(2_000):
        printed = [printed]

    assert redacted(printed) == [[[[["[hidden]"]]]]]


TEMPLATES = {
    "GET /search?q=of-a-user failed": "GET /search?<query> failed",
    "sent ?mail=alice&q=x": "sent ?<query>",
    "told alice%40example.org": "told <email>",
    "password=abc!9def$x": "password=[hidden]",
    "Cookie: session=abc; theme=dark": "Cookie: [hidden]",
    "a?.b is not a function": "a?.b is not a function",
}


@pytest.mark.parametrize(("said", "expected"), TEMPLATES.items())
def test_what_an_error_is_known_by_has_no_query_and_nothing_named_as_a_credential(said, expected):
    assert template(said) == expected
