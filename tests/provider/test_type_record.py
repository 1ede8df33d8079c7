"""A type is read from the SDK once, and anew when what it was read from has changed."""

import os
from dataclasses import replace

import pytest

from provider import sdk
from provider.cloudflare.resources import TABLE
from provider.property_types import Description, ListOf, MapOf, ObjectOf, Property, Scalar
from provider.type_record import described

INNER = ObjectOf({"text": Property(Scalar("string"), required=True)})
FOUND = Description(
    inputs={"rules": Property(ListOf(INNER), required=False)},
    outputs={
        "rules": Property(MapOf(INNER), required=True),
        "id": Property(Scalar("any"), required=True),
    },
)
OTHER = replace(FOUND, outputs={})


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.py"
    path.write_text("one")
    return path


@pytest.fixture
def record(tmp_path, source):
    path = tmp_path / "types" / "It.json"
    described(path, [source], lambda: FOUND)
    return path


def _never():
    raise AssertionError("read again")


def test_what_was_read_is_not_read_again(record, source):
    known = described(record, [source], _never)

    assert known == FOUND
    assert known.filled == {"rules"}


@pytest.mark.parametrize("change", ["content", "time", "file"])
def test_a_changed_source_is_read_again(record, source, change):
    sources = [source]
    if change == "content":
        source.write_text("another")
    elif change == "time":
        os.utime(source, ns=(1, 1))
    else:
        sources = [source.with_name("other.py")]
        sources[0].write_text("one")

    assert described(record, sources, lambda: OTHER) == OTHER
    assert described(record, sources, _never) == OTHER


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"read_from": []}', b"\xff"])
def test_a_damaged_record_is_written_anew(record, source, damage):
    record.write_bytes(damage)

    assert described(record, [source], lambda: FOUND) == FOUND
    assert described(record, [source], _never) == FOUND


@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_a_record_of_an_unknown_kind_is_written_anew(record, source, part):
    text = record.read_text("utf-8")
    record.write_text(text.replace('["list"', '["row"').replace('["map"', '["row"'))

    assert getattr(described(record, [source], lambda: FOUND), part) == getattr(FOUND, part)


def test_where_nothing_can_be_kept_it_is_read(source, tmp_path):
    (tmp_path / "types").write_text("a file in the place of the folder")
    record = tmp_path / "types" / "It.json"

    assert described(record, [source], lambda: FOUND) == FOUND


@pytest.mark.parametrize("resource", TABLE.values(), ids=lambda it: it.name)
def test_each_type_is_the_same_from_its_record(resource, tmp_path, monkeypatch):
    monkeypatch.setattr(sdk, "RECORDS", tmp_path)
    read = sdk.resource.__wrapped__(resource.token)
    monkeypatch.setattr(sdk, "_read", lambda *_: _never())

    assert sdk.resource.__wrapped__(resource.token) == read
