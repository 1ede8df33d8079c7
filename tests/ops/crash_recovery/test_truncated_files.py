"""What a killed engine left half written goes; what is whole stays."""

from ops.crash_recovery.truncated_files import clear


def test_only_what_is_half_written_goes(tmp_path):
    folder = tmp_path / ".pulumi" / "stacks" / "chittyos"
    folder.mkdir(parents=True)
    whole = {"a.json": '{"version": 3}', "a.json.attrs": '{"md5": ""}', "a.json.bak": ""}
    another = {"ab.json.18c0ffee.tmp": "", "b.json.attrs": ""}
    broken = {"a.json.bak.attrs": "", "a.json.gz.attrs": '{"md5', "a.json.18c0ffee.tmp": '{"vers'}
    for name, text in {**whole, **another, **broken}.items():
        (folder / name).write_text(text)

    said = clear(tmp_path, "a")

    assert {path.name for path in folder.iterdir()} == {*whole, *another}
    assert sorted(said) == sorted(f"removed the half-written {name}" for name in broken)


def test_a_state_that_was_never_used_has_nothing(tmp_path):
    assert clear(tmp_path, "a") == []
