"""The look-alike of 1Password Connect of a local Cloudflare: its vaults, and what a reset does."""

import pytest

from local.errors import HomeError
from local.process.cli import asked_for
from local.process.connect_server import connect_server
from local.process.home import Home
from local.process.settings import Settings, parse_vaults

VAULTS = """
vaults: [{name: services, items: [{title: a, fields: [{label: token}]}]}]
tokens: [{name: one, vaults: [services]}]
"""


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "cf")
    made.prepare()
    return made


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "vaults.yaml"
    made.write_text(VAULTS)
    return made


def settings(*files):
    return Settings().changed({"vaults": parse_vaults(files)})


def token(home):
    return home.connect / "tokens" / "one"


def test_it_issues_the_tokens_of_its_vaults_and_a_reset_takes_them_back(home, file):
    connect_server(home, settings(file))
    before = token(home).read_text()
    connect_server(home, settings(file))
    assert token(home).read_text() == before

    home.reset()
    assert not home.connect.exists()
    connect_server(home, settings(file))
    assert token(home).read_text() != before


def test_a_file_that_changed_is_another_setting(file):
    """So `make start` starts it again, and what is new in the file is taken up."""
    before = settings(file)
    file.write_text(VAULTS.replace("[services]", "[services, more]"))

    (difference,) = before.differences(settings(file))
    assert difference.startswith("vaults was ")
    assert before.differences(before.changed(asked_for(None, None, None, []))) == []


def test_what_is_wrong_in_a_file_is_said_by_its_place(home, file, tmp_path):
    given = settings(file)
    file.write_text(VAULTS.replace("[services]", "[others]"))

    with pytest.raises(HomeError, match=r"vaults\.yaml: .*there is no vault others"):
        connect_server(home, given)
    with pytest.raises(HomeError, match=r"none\.yaml: cannot be read: No such file"):
        parse_vaults([tmp_path / "none.yaml"])


def test_a_damaged_state_names_the_way_out(home, file):
    home.connect.mkdir()
    (home.connect / "state.json").write_text("{")

    with pytest.raises(HomeError, match="run `make reset`"):
        connect_server(home, settings(file))
