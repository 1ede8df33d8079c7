"""Pairs of engine and SDK: which is wanted, what fits it, and that its pins belong together."""

import re
from pathlib import Path

import pytest
import yaml

from toolchain import pairs
from toolchain.errors import ToolchainError
from toolchain.pairs import NEWEST, OLDEST

REPOSITORY = Path(__file__).parents[2]

ASKED = {
    "nothing": ({}, NEWEST),
    "an empty name": ({"CHITTYOS_ENGINE": ""}, NEWEST),
    "the newest": ({"CHITTYOS_ENGINE": "newest"}, NEWEST),
    "the oldest": ({"CHITTYOS_ENGINE": "oldest"}, OLDEST),
}


@pytest.mark.parametrize(("environ", "pair"), ASKED.values(), ids=ASKED)
def test_the_environment_asks_for_a_pair(environ, pair):
    assert pairs.wanted(environ) is pair


def test_another_name_says_what_it_takes():
    with pytest.raises(ToolchainError) as raised:
        pairs.wanted({"CHITTYOS_ENGINE": "3.259"})

    assert str(raised.value) == "CHITTYOS_ENGINE is '3.259'; it takes newest or oldest"


FITS = {
    (3, 258, 9): (False, False),
    (3, 259, 0): (True, True),
    (3, 259, 4): (True, True),
    (3, 260, 0): (True, False),
    (3, 276, 0): (True, False),
    (3, 300, 0): (True, False),
    (4, 0, 0): (False, False),
    (2, 999, 0): (False, False),
    None: (False, False),
}


@pytest.mark.parametrize(("version", "fits"), FITS.items())
def test_an_engine_on_the_path_fits_the_newest_from_the_oldest_on_and_the_oldest_alone(
    version, fits
):
    assert (NEWEST.fits(version), OLDEST.fits(version)) == fits


@pytest.mark.parametrize("pair", pairs.PAIRS.values(), ids=pairs.PAIRS)
def test_the_module_that_is_built_has_the_version_of_the_pair(pair):
    module = (REPOSITORY / pair.module / "go.mod").read_text()

    assert f"require github.com/pulumi/pulumi/pkg/v3 v{pair.engine}\n" in module


@pytest.mark.parametrize("pair", pairs.PAIRS.values(), ids=pairs.PAIRS)
def test_the_sdk_of_a_pair_is_not_newer_than_its_engine(pair):
    last = (REPOSITORY / pair.requirements[-1]).read_text()
    sdk = re.search(r"^pulumi==(\d+)\.(\d+)\.", last, re.MULTILINE)
    engine = re.match(r"(\d+)\.(\d+)\.", pair.engine)

    assert sdk is not None
    assert engine is not None
    assert tuple(map(int, sdk.groups())) <= tuple(map(int, engine.groups()))


def test_the_workflows_install_the_engine_of_the_newest_pair():
    installed = []
    for file in (REPOSITORY / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(file.read_text())["jobs"].values():
            steps = (step.get("with", {}) for step in job.get("steps", ()))
            installed += [with_["pulumi-version"] for with_ in steps if "pulumi-version" in with_]

    assert set(installed) == {NEWEST.engine}
