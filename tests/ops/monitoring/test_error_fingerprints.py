"""Two errors are the same when they say the same at the same place, whatever they were about."""

import pytest

from ops.monitoring.error_fingerprints import template, top_frame

TEMPLATES = {
    "no such session 7f3e9a12-0c4d-4b7e-9f00-aabbccddeeff": "no such session <id>",
    "took 1,200.5 ms, more than 1000": "took <n> ms, more than <n>",
    "cannot read 'alice' of \"bob's\"": "cannot read <text> of <text>",
    "it isn't there, and wasn't": "it isn't there, and wasn't",
    "fetch https://a.example/x?y=1 failed: 503": "fetch <url> failed: <n>",
    "mail to alice+x@example.org bounced": "mail to <email> bounced",
    "CHITTY-EVNT-0001234-A1B2 is taken": "<id> is taken",
    "refused by 10.0.0.7:8080 and ::1 and fe80::1:2": (
        "refused by <address> and <address> and <address>"
    ),
    "ended at 2026-11-30T08:00:00.123Z": "ended at <time>",
    "row 12 of table 3": "row <n> of table <n>",
    "a\u202eb\x1b[31mc\nd": "a b [<n>mc d",
    "": "",
}


@pytest.mark.parametrize(("message", "expected"), TEMPLATES.items())
def test_what_differs_each_time_is_left_out(message, expected):
    assert template(message) == expected


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer " + "q7Rz" * 8,
        "password=hunter" + "2-and-more",
        "key sk-" + "ant-" + "aB3" * 12,
        "postgres://me:pass" + "word@db.example/x",
    ],
)
def test_no_credential_is_kept_of_a_message(secret):
    said = template(f"refused: {secret}")

    assert not {part for part in secret.split() if len(part) > 12} & set(said.split())
    assert "hunter" not in said
    assert "word@" not in said


FRAMES = {
    "Error: x\n    at mint (worker.js:3:9)\n    at fetch (worker.js:9:1)": "mint worker.js",
    "Error: x\n    at async Object.fetch (file:///a/b/index.js:1:2)": "Object.fetch index.js",
    "Error\n    at new Ledger (src/ledger.ts:4:5)": "Ledger ledger.ts",
    "Error\n    at worker.js:3:9": "worker.js",
    "Error\n    at mint (https://a.example/worker.js?of=alice:3:9)": "mint worker.js",
    "Error\n    at node:internal/x:1:2\n    at mint (worker.js:3:9)": "mint worker.js",
    "Error: no frames": "",
    "": "",
}


@pytest.mark.parametrize(("stack", "expected"), FRAMES.items())
def test_the_place_is_function_and_file_without_lines_that_a_deployment_moves(stack, expected):
    assert top_frame(stack) == expected
