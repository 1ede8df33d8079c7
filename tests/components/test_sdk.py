"""The SDK loaded piece by piece is the SDK."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST_NAMES = """
import json, pulumi_cloudflare
kinds = {name: [type(it).__name__, getattr(it, "__module__", None)]
         for name, it in vars(pulumi_cloudflare).items() if not name.startswith("_")}
print(json.dumps({name: kind for name, kind in kinds.items() if kind[0] != "module"}))
"""
FIND_NAMES = """
import json, sys
from components.sdk import cloudflare
found = {name: getattr(cloudflare, name) for name in json.load(sys.stdin)}
print(json.dumps({
    "kinds": {name: [type(it).__name__, getattr(it, "__module__", None)]
              for name, it in found.items()},
    "whole": "__getattr__" not in vars(cloudflare),
}))
"""
USE_ONE = """
import sys
from components.sdk import cloudflare
cloudflare.R2Bucket
print(sum(name.startswith("pulumi_cloudflare.") for name in sys.modules))
"""
AFTERWARDS = """
from components.sdk import cloudflare
bucket = cloudflare.R2Bucket
import pulumi_cloudflare
from pulumi_cloudflare import R2Bucket, get_zone
from pulumi_cloudflare.r2_bucket import R2Bucket as direct
assert pulumi_cloudflare is cloudflare
assert bucket is R2Bucket is direct
assert callable(get_zone)
assert not hasattr(cloudflare, "NoSuchResource")
assert cloudflare.R2Bucket is bucket
print("ok")
"""
BEFORE = """
import pulumi_cloudflare
from components.sdk import cloudflare
assert cloudflare is pulumi_cloudflare
print("ok")
"""


def test_every_name_of_the_sdk_is_found_and_is_the_same():
    names = json.loads(_run(LIST_NAMES))
    names.pop("config", None)

    found = json.loads(_run(FIND_NAMES, json.dumps([*reversed(names)])))  # `x_output` before `x`

    assert len(names) > 5_000
    assert found["kinds"] == names
    assert not found["whole"], "a name ran the __init__ of the package"


def test_one_resource_does_not_load_the_others():
    assert int(_run(USE_ONE)) < 5


def test_the_plain_import_gives_the_same_package():
    assert _run(AFTERWARDS).strip() == "ok"


def test_a_package_imported_before_is_taken_as_it_is():
    assert _run(BEFORE).strip() == "ok"


def _run(code: str, standard_input: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
