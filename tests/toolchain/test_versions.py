"""Which versions fit, and how a tool's own words are read."""

import pytest

from tests.toolchain.tools import executable, says
from toolchain import versions

SAID = {
    "v3.259.0": (3, 259, 0),
    "v20.20.2\n": (20, 20, 2),
    "go1.26.8": (1, 26, 8),
    "go version go1.26 linux/amd64": (1, 26, 0),
    "3.259.0-dev.0": None,
    "v3.260.0-alpha.1+abc": None,
    "no version": None,
    "": None,
}


@pytest.mark.parametrize(("text", "version"), SAID.items())
def test_reads_a_release_and_no_prerelease(text, version):
    assert version == versions.parse(text)


def test_a_tool_that_fails_or_is_missing_has_no_version(tmp_path):
    broken = executable(tmp_path, "broken", "echo v1.2.3; exit 3")

    assert versions.reported_by(broken) is None
    assert versions.reported_by(tmp_path / "missing") is None
    assert versions.reported_by(says(tmp_path, "fine", "v1.2.3")) == (1, 2, 3)


def test_the_go_that_is_needed_stands_in_the_module_file(tmp_path):
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.26\n\nrequire y v1.0.0\n")

    assert versions.needed_go(tmp_path / "go.mod") == (1, 26, 0)
