"""A kind is part of the runtime by lying in a folder: nothing else names it."""

from pathlib import Path

import pytest

from local.records.model import Cloud, RefusedError, S3Credentials, Worker
from local.runtime.assembly.configuration import write
from local.runtime.assembly.registry import BINDINGS, KINDS, PACKAGE, RUNTIME, kinds_in
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account, Layout
from tests.support_runtime import script

ACCOUNT = Account("0" * 32, "127.0.0.1", 1, 2, S3Credentials("id", "secret"), Path("key"))
CONTEXT = Context(Worker("w", "w.mjs", (), "2026-01-01"), Cloud())
FLAG = """
from local.runtime.configuration.runtime_kind import RuntimeKind
KIND = RuntimeKind(
    bindings={"flag": lambda binding, _: {"name": binding["name"], "text": "on"}},
    disks=("flags",),
)
"""


def test_every_folder_with_a_kind_is_found():
    assert set(KINDS) == {path.parent.name for path in Path(RUNTIME).glob("*/kind.py")}
    assert {"kv", "r2", "d1", "queues", "objects"} <= set(KINDS)


def test_a_new_kind_is_one_folder(tmp_path, monkeypatch):
    folder = tmp_path / "extra_kinds" / "flags"
    folder.mkdir(parents=True)
    (folder / "kind.py").write_text(FLAG)
    monkeypatch.syspath_prepend(tmp_path)

    found = kinds_in(folder.parent, "extra_kinds")

    assert list(found) == ["flags"]
    assert found["flags"].disks == ("flags",)
    assert found["flags"].bindings["flag"]({"name": "F"}, CONTEXT) == {"name": "F", "text": "on"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_admin_module_imports_lies_where_the_worker_finds_it(kind, tmp_path):
    layout = Layout.below(tmp_path)
    text = write(Cloud(), ACCOUNT, layout, layout.config)

    for module in (RUNTIME / kind).glob("*.mjs"):
        assert f'"{kind}/{module.name}"' in text
    answers = f'import {{ serve as {kind} }} from \\"../{kind}/admin.mjs\\";' in text
    assert answers == (RUNTIME / kind / "admin.mjs").is_file()


def test_a_binding_of_no_kind_is_refused_by_its_type(tmp_path):
    worker = script(tmp_path, "export default {}", bindings=({"name": "X", "type": "browser"},))
    layout = Layout.below(tmp_path)
    assert "browser" not in BINDINGS
    with pytest.raises(RefusedError, match="binding X of worker app: not emulated: binding type"):
        write(Cloud(workers=(worker,)), ACCOUNT, layout, layout.config)


def test_the_package_of_the_kinds_is_the_runtime():
    assert __import__(PACKAGE, fromlist=["Runtime"]).__file__ == str(RUNTIME / "__init__.py")
