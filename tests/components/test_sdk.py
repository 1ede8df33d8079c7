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


FACTS = """
import hashlib, json, sys

def facts(it):
    init = vars(it).get("__init__")
    line = init.__code__.co_firstlineno if hasattr(init, "__code__") else None
    marks = sorted(name for name in vars(it) if name not in ("__dict__", "__weakref__"))
    bases = [base.__name__ for base in getattr(it, "__orig_bases__", it.__bases__)]
    told = [it.__qualname__, it.__module__, type(it).__name__, bases, marks, line, it.__doc__]
    return repr([*told, sorted(vars(it).get("__annotations__", {}).items(), key=str)])

def told(*modules):
    found = {}
    for module in modules:
        for name in module.__all__:
            text = facts(getattr(module, name))
            found[f"{module.__name__}.{name}"] = hashlib.sha256(text.encode()).hexdigest()
    print(json.dumps(found))
"""
PLAIN = f"""{FACTS}
from pulumi_cloudflare import _inputs, outputs
told(_inputs, outputs)
"""
ONE_BY_ONE = f"""{FACTS}
from components.sdk import cloudflare
from pulumi_cloudflare import _inputs, outputs
made = sum(type(it).__name__ == "type" for it in (*vars(_inputs).values(), *vars(outputs).values()))
assert made < 20, made
told(_inputs, outputs)
"""
NAMED = """
import sys
from components.sdk import cloudflare
args = cloudflare.WorkersScriptArgs
module = sys.modules["pulumi_cloudflare.workers_script"]
inputs = vars(sys.modules["pulumi_cloudflare._inputs"])
for name in ("WorkersScriptBindingArgs", "WorkersScriptBindingArgsDict"):
    assert name in vars(module)  # where annotations look it up
assert "WorkersScriptBindingOutboundArgs" in inputs
assert "WorkersScriptBindingOutboundWorkerArgs" in inputs  # named by what is named
assert getattr(module, "WorkersScriptBindingArgs") is cloudflare.WorkersScriptBindingArgs
assert "R2BucketLifecycleRuleArgs" not in vars(module)
made = sum(name.endswith("Args") for name in inputs)
assert 10 < made < 100, made
print("ok")
"""


def test_a_class_that_is_made_alone_is_the_one_that_its_module_makes():
    plain, one_by_one = json.loads(_run(PLAIN)), json.loads(_run(ONE_BY_ONE))

    assert len(plain) > 6_000
    assert [name for name in plain if plain[name] != one_by_one[name]] == []
    assert plain.keys() == one_by_one.keys()


def test_a_module_gets_the_classes_that_it_names_and_they_what_they_name():
    assert _run(NAMED).strip() == "ok"


def test_a_module_that_has_more_than_classes_is_run_as_a_whole(tmp_path):
    package = tmp_path / "pulumi_cloudflare"
    package.mkdir()
    for name in ("_inputs", "outputs"):
        text = "from builtins import *\n__all__ = [\n  'A',\n]\nclass A: pass\ndef more(): pass\n"
        (package / f"{name}.py").write_text(text)
    (package / "__init__.py").write_text("from ._inputs import *\n")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from components.sdk import cloudflare
from pulumi_cloudflare import _inputs
print(cloudflare.A is _inputs.A, _inputs.more.__name__)
"""
    assert _run(code).strip() == "True more"
