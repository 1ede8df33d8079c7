"""A bad configuration, through the command: one clear error, and nothing was registered."""

import re

import pytest

pytestmark = pytest.mark.engine

SET_FLAG = r"compatibility_flags: \[nodejs_compat_do_not_populate_process_env\]"
BAD = {
    "no YAML": (r"\Aconfig:", "config: [", r"is not YAML"),
    "no environment": (r"  chittyos:environment: development\n", "", "chittyos:environment: is"),
    "unknown environment": ("environment: development", "environment: prod", "'prod'"),
    "unknown key": ("chittyos:plan:", "chittyos:plam: free\n  chittyos:plan:", "mean plan"),
    "wrong type": ("cpu_ms: 10000", "cpu_ms: fast", "chittyconnect:worker.cpu_ms"),
    "bad account": (r'account: "0+"', 'account: "abc"', "chittyos:account"),
    "bad zone id": (r'id: "1+"', 'id: "zone"', r"chittyos:zones\[0\]\.id"),
    "host outside the zones": (r"\.chitty\.cc\n", ".example.com\n", "chittyconnect:host"),
    "another address": (r"http://127\.0\.0\.1:\d+/client", "https://a.example/client", "baseUrl"),
    "a flag the date implies": (
        SET_FLAG,
        "compatibility_flags: [streams_enable_constructors]",
        r"compatibility_flags\[0\]",
    ),
    "a secret in clear": (r"\Z", "  chittyconnect:API_TOKENS: hunter2-plain\n", "API_TOKENS"),
    "one queue twice": (r"events-dlq-", "events-", "dead_letters"),
    "a key twice": (
        r"(  chittyos:plan: .*\n)",
        r"\1\1",
        r"line \d+: key 'chittyos:plan' stands here",
    ),
    "a number as key": (r"\Z", "  5: x\n", r"line \d+: '5' is no key"),
    "Latin-1": (r"\Z", "  a: \xe9\n", r"line \d+: byte 0xe9 is no UTF-8"),
    "deep": (r"\Z", f"  a: {'[' * 5_000}\n", r"line \d+: is nested more than"),
    "a day that no calendar has": (r'"2026-11-01"', "2026-13-45", r"compatibility_date: '2026-13-"),
    "a flag of nobody": (
        SET_FLAG,
        "compatibility_flags: [bogus_flag]",
        "'bogus_flag'",
    ),
}


@pytest.mark.parametrize(("pattern", "replacement", "names"), BAD.values(), ids=BAD)
def test_is_one_clear_error_and_nothing_is_registered(clone, pattern, replacement, names):
    """FW-1."""
    path = clone.configuration()
    good = path.read_text()
    bad, count = re.subn(pattern, replacement, without_comments(good), count=1)
    assert count == 1
    before = clone.state()
    try:
        path.write_bytes(bad.encode("latin-1"))
        done = clone.ops("up", "development")
    finally:
        path.write_text(good)

    assert done.code == 1
    assert re.search(names, done.err)
    assert done.err.startswith("error: Pulumi.development.yaml: ")
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.said
    assert "hunter2-plain" not in done.said
    assert clone.state() == before


def test_a_stack_without_a_file_is_said(clone):
    done = clone.ops("up", "nowhere")

    assert done.code == 1
    assert done.err.startswith("error: Pulumi.nowhere.yaml does not exist; the files of stacks")


def without_comments(text):
    return re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)
