"""What the engine says, as a user reads it."""

import pytest

from ops.engine.diagnostics import condense, condense_all

URN = "urn:pulumi:staging::chittyos::a:b:C$cloudflare:index/r2Bucket:R2Bucket::documents"
TRACEBACK = """Traceback (most recent call last):
  File "/x/_server.py", line 95, in run
    loop.run_until_complete(run_in_stack(self.program))
           ^^^^^^^^^^^^^^^
  File "/x/program.py", line 1, in main
ValueError: zone chitty.cc is missing
"""

SAYS = {
    "a plain sentence": ("Pulumi.x.yaml: a: wrong\n", "Pulumi.x.yaml: a: wrong"),
    "colours": ("<{%fg 1%}>wrong<{%reset%}> \x1b[31mvalue\x1b[0m", "wrong value"),
    "an exception of the program": (
        f"python inline source runtime error: zone is missing\n{TRACEBACK}",
        "zone is missing",
    ),
    "the same, said again": (
        f"an unhandled error occurred: python inline source runtime error: gone\n{TRACEBACK}",
        "gone",
    ),
    "a traceback alone": (TRACEBACK, "zone chitty.cc is missing"),
    "an error of a dynamic provider, in the traceback of the SDK": (
        (
            'Traceback (most recent call last):\n  File "/x/__main__.py", line 84, in wrapper\n'
            "    return fn(self, request, context)\n           ^^^^^^^^^^^^^\n"
            "planning.refusals.RefusedError: 002_second.sql was refused\n\n"
        ),
        "002_second.sql was refused",
    ),
    "an error of a plugin": (
        "rpc error: code = Unknown desc = Exception calling application: 409: exists",
        "409: exists",
    ),
    "a refused property, without its value": (
        "a:b:C 'x': property files value {[{map[sql:{CREATE\nTABLE}]}]} has a problem: gone",
        "a:b:C 'x': files: gone",
    ),
}


@pytest.mark.parametrize(("message", "expected"), SAYS.values(), ids=SAYS)
def test_condenses(message, expected):
    assert condense(message) == expected


PROTECTED = {
    "replace": f'unable to replace resource "{URN}"\nas it is currently marked for protection. To',
    "delete": f'Preview failed: resource "{URN}" cannot be deleted\nbecause it is protected. To',
}


@pytest.mark.parametrize(("verb", "message"), PROTECTED.items())
def test_a_refusal_of_the_engine_says_what_would_have_been_lost(verb, message):
    text = condense(message)

    assert text.startswith(f"this would {verb} R2Bucket documents and lose every object in it;")
    assert "pulumi state unprotect" not in text
    assert "docs/architecture.md#what-holds-data" in text


def test_each_problem_is_said_once():
    monitor = "Resource monitor has terminated, shutting down\n"
    said = condense_all(
        ["wrong\n", "an unhandled error occurred: wrong", monitor, "preview failed", ""]
    )

    assert said == ["wrong"]


def test_a_failure_without_a_reason_is_still_said():
    assert condense_all(["preview failed"]) == ["preview failed"]
