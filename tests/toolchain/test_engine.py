"""Where the engine comes from: the PATH, the download, a build; made once and kept."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.toolchain.tools import executable, says
from toolchain import build, downloads, engine, pairs, releases, versions
from toolchain.errors import ToolchainError, UnreachableError

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(params=pairs.PAIRS)
def places(request, tmp_path, monkeypatch):
    """Give an empty clone of each pair; official releases of both can be downloaded."""
    pair = pairs.PAIRS[request.param]
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setitem(releases.SHA256, pair.engine, {"linux-x64": "a" * 64})
    root = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "toolchain", root / "toolchain")
    return engine.Places(root, tmp_path / "cache", pair)


@pytest.fixture
def made(places, monkeypatch):
    """Count downloads and builds; a download gives an archive, a build a file."""
    calls = []
    said = f"v{places.pair.engine}"

    def fetch(_url, _sha256, target):
        calls.append("download")
        archive(target, said)

    def make(_command, _module, target, _logs):
        calls.append("build")
        says(target.parent, target.name, said)

    monkeypatch.setattr(downloads, "fetch", fetch)
    monkeypatch.setattr(build, "build", make)
    monkeypatch.setattr(releases, "this_platform", lambda: "linux-x64")
    return calls


def archive(target, said):
    script = f"#!/bin/sh\necho {said}\n".encode()
    with tarfile.open(target, "w:gz") as tar:
        member = tarfile.TarInfo("pulumi/pulumi")
        member.size, member.mode = len(script), 0o755
        tar.addfile(member, io.BytesIO(script))


def unreachable(*_):
    raise UnreachableError("github.com cannot be reached (no name)")


def test_a_fitting_engine_on_the_path_comes_first(places, made, tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    says(old, "pulumi", "v3.200.0")
    says(new, "pulumi", "v3.259.1")
    monkeypatch.setenv("PATH", f"{old}:{new}:/usr/bin:/bin")

    found = engine.ensure(places)

    assert (found.path, found.version, found.origin) == (new / "pulumi", "3.259.1", "path")
    assert made == []


@pytest.mark.usefixtures("made")
def test_what_the_project_itself_put_on_the_path_is_not_found_there(places, monkeypatch):
    own = places.root / ".local" / "path" / "built+stand-in"
    says(own, "pulumi", f"v{places.pair.engine}")
    monkeypatch.setenv("PATH", f"{own}:/usr/bin:/bin")

    assert engine.ensure(places).origin == "download"


def test_a_fitting_engine_on_the_path_comes_before_one_that_was_made(
    places, made, tmp_path, monkeypatch
):
    engine.ensure(places)
    says(tmp_path / "later", "pulumi", "v3.259.1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'later'}:/usr/bin:/bin")

    assert engine.ensure(places).origin == "path"
    assert made == ["download"]


def test_the_download_comes_next_and_is_made_once(places, made):
    first, second = engine.ensure(places), engine.ensure(places)

    assert first.origin == "download"
    assert first == second
    assert made == ["download"]
    assert first.path.is_relative_to(places.root)


def test_a_build_comes_last_and_is_made_once(places, made, monkeypatch):
    monkeypatch.setattr(downloads, "fetch", unreachable)

    origins = [engine.ensure(places).origin for _ in range(2)]

    assert origins == ["built", "built"]
    assert made == ["build"]


def test_a_failed_download_is_an_error_and_nothing_is_built(places, made, monkeypatch):
    def failing(*_):
        raise ToolchainError("github.com answered 503 Service Unavailable")

    monkeypatch.setattr(downloads, "fetch", failing)

    with pytest.raises(ToolchainError, match="503"):
        engine.ensure(places)
    assert made == []


def test_a_second_clone_takes_the_engine_of_the_first(places, made, tmp_path):
    engine.ensure(places)
    shutil.copytree(places.root / "toolchain", tmp_path / "second" / "toolchain")
    second = engine.Places(tmp_path / "second", places.shared, places.pair)

    found = engine.ensure(second)

    assert made == ["download"]
    assert found.path.is_relative_to(tmp_path / "second")


def test_a_changed_pin_never_meets_an_old_build(places, made, monkeypatch):
    monkeypatch.setattr(downloads, "fetch", unreachable)
    engine.ensure(places)
    with (places.root / places.pair.module / "go.sum").open("a") as file:
        file.write("another line\n")

    engine.ensure(places)

    assert made == ["build", "build"]


DAMAGES = {
    "gone": lambda engine: engine.unlink(),
    "cut off": lambda engine: engine.write_text("#!/bin/sh"),
    "not executable": lambda engine: engine.chmod(0o644),
    "described by a list": lambda engine: (engine.parents[1] / "engine.json").write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_engine_is_got_again(places, made, damage):
    found = engine.ensure(places)
    damage(found.path)

    again = engine.ensure(places)

    assert again == found
    assert versions.reported_by(again.path, "version") == versions.parse(places.pair.engine)
    assert set(made) == {"download"}


def test_what_a_killed_build_left_is_swept_by_the_next(places, made):
    for left in (".making-1", ".copying-2"):
        (places.own / left / "bin").mkdir(parents=True)

    engine.ensure(places)

    assert made == ["download"]
    assert not list(places.own.glob(".*"))


@pytest.mark.usefixtures("made")
def test_an_engine_that_cannot_tell_its_version_is_not_kept(places, monkeypatch):
    monkeypatch.setattr(downloads, "fetch", unreachable)
    monkeypatch.setattr(build, "build", lambda *given: says(given[2].parent, "pulumi", "dev"))

    with pytest.raises(ToolchainError, match=f"does not say that it is {places.pair.engine}"):
        engine.ensure(places)
    assert engine.find(places) is None


@pytest.mark.usefixtures("made")
def test_a_cache_that_cannot_be_written_is_done_without(places):
    places.shared.write_text("a file where the folder should be")

    assert engine.ensure(places).origin == "download"


@pytest.mark.usefixtures("made")
def test_a_platform_without_an_official_engine_gets_a_build(places, monkeypatch):
    monkeypatch.setattr(releases, "this_platform", lambda: "freebsd-x64")

    assert engine.ensure(places).origin == "built"


@pytest.mark.usefixtures("made")
def test_a_release_without_a_pinned_checksum_is_built_and_not_downloaded(
    places, made, monkeypatch, capsys
):
    monkeypatch.delitem(releases.SHA256, places.pair.engine)

    assert engine.ensure(places).origin == "built"
    assert made == ["build"]
    assert "toolchain/releases.py has no checksum of the official Pulumi" in capsys.readouterr().out


def test_an_engine_of_the_other_pair_is_not_used(places, made):
    other = next(pair for pair in pairs.PAIRS.values() if pair is not places.pair)
    engine.ensure(places)

    assert engine.find(engine.Places(places.root, places.cache, other)) is None
    assert made == ["download"]


@pytest.mark.parametrize("version", releases.SHA256)
def test_every_official_platform_of_a_release_has_a_whole_checksum(version):
    pinned = releases.SHA256[version]
    assert set(pinned) == {f"{s}-{m}" for s in ("linux", "darwin") for m in ("x64", "arm64")}
    assert all(len(pin) == 64 and int(pin, 16) for pin in pinned.values())


NO_GO = {
    "missing": ("", "`go` was not found on the PATH"),
    "too old": ("go1.22.1", "`go` on the PATH is 1.22.1"),
}


@pytest.mark.parametrize(("version", "says_so"), NO_GO.values(), ids=NO_GO)
def test_a_build_without_a_fitting_go_says_what_to_install(tmp_path, monkeypatch, version, says_so):
    if version:
        says(tmp_path / "bin", "go", version)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    command, module = build.engine("3.276.0"), REPOSITORY / pairs.NEWEST.module

    with pytest.raises(ToolchainError) as raised:
        build.build(command, module, tmp_path / "pulumi", tmp_path)

    assert says_so in str(raised.value)
    assert "Go 1.26.6 or newer is needed to build the engine" in str(raised.value)
    assert "https://go.dev/dl/, or install Pulumi 3.276.0 from" in str(raised.value)


FAKE_GO = """echo "$@" >> "$(dirname "$0")/asked"
if [ "$1" = env ]; then echo go1.99.0; fi"""


def test_what_is_fetched_is_what_is_compiled(tmp_path, monkeypatch):
    executable(tmp_path / "bin", "go", FAKE_GO)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    command = build.engine("3.276.0")

    build.build(command, REPOSITORY / pairs.NEWEST.module, tmp_path / "pulumi", tmp_path / "log")

    _, listed, built = (tmp_path / "bin" / "asked").read_text().splitlines()
    assert listed == f"list -tags disable_grpc_modules -deps {command.package}"
    assert f"{' '.join(build.TAGS)} -gcflags all=-dwarf=false -ldflags {command.ldflags}" in built
    assert built.endswith(f"-o {tmp_path / 'pulumi'} {command.package}")
