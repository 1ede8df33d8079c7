"""The changelog has the form from which the notes of a release are taken."""

import re
import tomllib
from itertools import pairwise

import yaml

from component_package import schema
from tests.docs.test_documents import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text()
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d{2}-\d{2}")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_what_is_not_released_comes_first_and_releases_newest_first():
    first, *releases = HEADING.findall(TEXT)
    read = [RELEASE.fullmatch(each) for each in releases]

    assert first == "Unreleased"
    assert all(read), releases
    versions = [tuple(map(int, each.groups())) for each in read if each]
    assert all(newer > older for newer, older in pairwise(versions))


def test_entries_stand_below_a_kind_that_readers_know_once_a_version():
    for section in HEADING.split(TEXT)[2::2]:
        kinds = re.findall(r"^### (.+)$", section, re.MULTILINE)

        assert set(kinds) <= KINDS
        assert len(kinds) == len(set(kinds))


def test_the_version_is_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plugin = yaml.safe_load((ROOT / "component_package/PulumiPlugin.yaml").read_text())

    assert project["version"] == plugin["version"] == schema.VERSION
