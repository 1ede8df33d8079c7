"""A package whose `__init__` was skipped gives its modules, and runs when more is asked of it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIP = """
import sys
from common.quick_imports import skip_init
skip_init("pulumi", "pulumi.runtime")
"""
MODULES = f"""{SKIP}
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2
assert proto.provider_pb2 is provider_pb2
print("pulumi.output" in sys.modules)
"""
EVERYTHING = f"""{SKIP}
from pulumi.runtime.proto import provider_pb2 as before
import pulumi
runtime = pulumi.runtime
from pulumi import Output, ResourceOptions
from pulumi.runtime.proto import provider_pb2 as after
from pulumi.output import Output as direct
assert Output is direct is pulumi.Output
assert before is after
assert runtime.is_dry_run and pulumi.runtime.is_dry_run
assert not hasattr(pulumi, "NoSuchThing")
print("pulumi.output" in sys.modules)
"""
LATE = """
import pulumi
before = pulumi.Output
from common.quick_imports import skip_init
skip_init("pulumi", "pulumi.runtime")
print(pulumi.Output is before)
"""
WITHOUT_COMMAND = """
import sys
from common.quick_imports import skip_command_line_of_httpx
skip_command_line_of_httpx()
import httpx
assert httpx.Client and httpx.HTTPError
print("rich" in sys.modules or "click" in sys.modules)
"""
MISSING = """
from common.quick_imports import skip_init
skip_init("no_such_package")
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("code", "printed"),
    [(MODULES, "False"), (EVERYTHING, "True"), (LATE, "True"), (WITHOUT_COMMAND, "False")],
    ids=["modules alone", "all the rest", "imported before", "httpx"],
)
def test_what_works_with_the_plain_import_works(code, printed):
    done = run(code)

    assert (done.stdout.strip(), done.stderr) == (printed, "")


def test_a_package_that_is_missing_is_said():
    assert "no_such_package is not installed; run make setup" in run(MISSING).stderr


@pytest.mark.parametrize(
    "module", ["provider.server", "provider.cloudflare.provider", "policies.pack.server"]
)
def test_plugin_and_pack_need_the_protocol_alone(module):
    done = run(f"{SKIP}\nimport {module}\nprint('pulumi.output' in sys.modules)")

    assert (done.stdout.strip(), done.stderr) == ("False", "")
