"""The directory: what is damaged in it is said in one sentence, and a reset makes it whole."""

import json

import pytest

from local.errors import HomeError
from local.process.home import Home
from local.process.settings import Settings

PAIR = {"access_key_id": "a" * 32, "secret_access_key": "b" * 64}
DAMAGED = {
    "empty token": ("token", b"", "is not a whole token"),
    "half a token": ("token", b"abc", "is not a whole token"),
    "token of other bytes": ("token", b"\xff\xfe\x00", "is not a file of text in UTF-8"),
    "empty settings": ("settings.json", b"", "Invalid JSON"),
    "truncated settings": ("settings.json", b'{"api_port": 44', "Invalid JSON"),
    "settings of other bytes": ("settings.json", b"\xff\xfe", "is not a file of text in UTF-8"),
    "a setting that is none": ("settings.json", b'{"api_port": "x"}', "api_port: "),
    "empty keys": ("r2-credentials.json", b"", "is not JSON with access_key_id and secret_"),
    "truncated keys": ("r2-credentials.json", json.dumps(PAIR)[:50].encode(), "is not JSON with"),
    "keys of other bytes": ("r2-credentials.json", b"\xff", "is not a file of text in UTF-8"),
    "no keys": ("r2-credentials.json", b"[]", "is not JSON with"),
    "one key": ("r2-credentials.json", b'{"access_key_id": "a"}', "is not JSON with"),
    "short keys": (
        "r2-credentials.json",
        json.dumps({**PAIR, "access_key_id": "a"}).encode(),
        "is",
    ),
}
each_damage = pytest.mark.parametrize(("name", "content", "what"), DAMAGED.values(), ids=DAMAGED)


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "cf")
    made.keep(Settings())
    made.prepare()
    return made


@each_damage
def test_a_damaged_file_is_named_with_the_way_out_and_without_its_content(
    home, name, content, what
):
    (home.directory / name).write_bytes(content)

    with pytest.raises(HomeError) as caught:
        home.prepare()

    said = str(caught.value)
    assert said.startswith(f"{home.directory / name}: {what}")
    assert said.endswith(
        "run `make reset`, which deletes all data here and the state of `development`"
    )
    assert "aaa" not in said


@each_damage
def test_a_reset_has_what_is_damaged_made_anew_and_keeps_the_rest(home, name, content, what):
    kept = {path: path.read_bytes() for path in home.directory.iterdir() if path.is_file()}
    del kept[home.directory / name]
    (home.directory / name).write_bytes(content)

    assert home.reset() == [name], what

    home.prepare()
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_folder_in_the_place_of_a_file_is_reset_too(home):
    home.token_file.unlink()
    home.token_file.mkdir()

    with pytest.raises(HomeError, match="make reset"):
        home.prepare()
    assert home.reset() == ["token"]
    home.prepare()


def test_a_reset_of_what_is_whole_keeps_token_keys_and_settings(home):
    token, pair, settings = home.token(), home.credentials(), home.settings()

    assert home.reset() == []

    assert (home.token(), home.credentials(), home.settings()) == (token, pair, settings)


def test_settings_differ_in_what_was_asked_for_only():
    now = Settings()

    assert now.differences(Settings()) == []
    assert now.differences(now.changed({"api_port": 5000, "edge_port": None})) == [
        "api_port was 4400, is 5000"
    ]
    assert now.differences(now.changed({"zones": {"a.org": "a" * 32, "b.org": "b" * 32}})) == [
        "zones was chitty.cc, is a.org b.org"
    ]
