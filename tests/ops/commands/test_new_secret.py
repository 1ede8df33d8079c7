"""A system that needs one more secret locks nobody out: each hint is a command that works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.clone import make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(600)]

MODEL = "systems/chittyconnect/settings.py"
BEFORE = "    R2_ACCESS_KEY_ID: R2KeyId\n"
NEW = '    ADDED_KEY: Secret\n    """What was not there yesterday."""\n\n'
VALUE = "qUiet-0tter-71-in-the-reeds"
KEY_ID = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone whose system needs a secret that nobody has set, and has never run."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    made.keep("chittyconnect")
    text = (made.root / MODEL).read_text()
    assert BEFORE in text
    (made.root / MODEL).write_text(text.replace(BEFORE, NEW + BEFORE))
    yield made
    made.end()


def shell(clone, command, text="", **given):
    """Run *command* as somebody at a terminal would, *text* as its standard input."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = {**os.environ, "PATH": path, "CHITTYOS_PLUGIN": "stand-in", **given}
    environ["PULUMI_HOME"] = str(clone.root / ".local" / "home")
    return subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=clone.root,
        env=environ,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_development_starts_says_the_command_and_goes_on(clone):
    started = clone.ops("start")
    assert started.code == 0, started.said
    exports = clone.ops("env", "development")
    assert exports.code == 0, exports.said

    refused = clone.ops("preview", "development")
    assert refused.code == 1
    (hint,) = re.findall(r"chittyconnect:ADDED_KEY: must be set: .*; (python .*)", refused.err)
    assert hint == "python -m ops secret set development chittyconnect.ADDED_KEY"

    weak = shell(clone, hint, "hunter2\n")
    assert weak.returncode == 1
    assert "chittyconnect:ADDED_KEY: is a word that everybody tries first" in weak.stderr
    assert "hunter2" not in weak.stderr
    kept = clone.root / ".local/stacks/Pulumi.development.yaml"
    assert "ADDED_KEY" not in kept.read_text()

    done = shell(clone, hint, f"{VALUE}\n")
    assert done.returncode == 0, done.stderr
    assert VALUE not in done.stdout + done.stderr + kept.read_text()
    read = 'eval "$(python -m ops env development)" && pulumi config get chittyconnect:ADDED_KEY'
    assert shell(clone, read).stdout == f"{VALUE}\n"
    previewed = clone.ops("preview", "development")
    assert previewed.code == 0, previewed.said


@pytest.mark.parametrize("key", ["chittyos:plan", "chittyconnect:sessions", "chittyconnect:queue"])
def test_a_plain_value_is_set_by_the_command_of_its_hint(clone, key):
    path = clone.configuration()
    good = path.read_text()
    config = yaml.safe_load(good)["config"]
    value = config.pop(key)
    values = [value] if isinstance(value, str) else value.values()
    path.write_text(yaml.safe_dump({"config": config}))
    try:
        refused = clone.ops("preview", "development")
        (command,) = re.findall(rf"{key}: must be set: .*; write it there, or: (.*)", refused.err)
        for each in values:
            command = command.replace("<value>", each, 1)
        done = shell(clone, command)
        written = yaml.safe_load(path.read_text())["config"]
    finally:
        path.write_text(good)

    assert done.returncode == 0, done.stderr
    assert written == {**config, key: value}


def test_a_stack_of_an_account_gets_it_into_its_file(clone, tmp_path):
    backend = {
        "PULUMI_BACKEND_URL": tmp_path.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "some-words-for-this-test",
    }
    command = "python -m ops secret set staging chittyconnect.R2_ACCESS_KEY_ID"

    done = shell(clone, command, KEY_ID, **backend)
    assert done.returncode == 0, done.stderr
    written = yaml.safe_load(clone.configuration("staging").read_text())
    assert written["config"]["chittyconnect:R2_ACCESS_KEY_ID"].keys() == {"secure"}
    assert KEY_ID not in clone.configuration("staging").read_text()
