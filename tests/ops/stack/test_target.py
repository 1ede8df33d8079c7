"""What a command reads of a stack before anything is checked."""

import pytest

from config import ConfigError
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.target import Target, read_target

DEVELOPMENT = "config:\n  chittyos:environment: development\n"


def target(**config):
    return Target("x", "development", {f"chittyos:{key}": each for key, each in config.items()})


@pytest.fixture
def read(tmp_path):
    """Read the target of a stack whose file holds this."""

    def _read(content):
        (tmp_path / "Pulumi.x.yaml").write_bytes(content.encode("latin-1"))
        return read_target(Paths(tmp_path), "x")

    return _read


BROKEN = {
    "a day that no calendar has": ("  2026-13-45: x\n", "line 3: '2026-13-45' is no key"),
    "a number as key": ("  5: x\n", "line 3: '5' is no key"),
    "Latin-1": ("  a: \xe9\n", "line 3: byte 0xe9 is no UTF-8"),
    "deep": ("  a: " + "[" * 5000 + "\n", "line 3: is nested more than"),
    "a key twice": ("  a: 1\n  a: 2\n", "line 4: key 'a' stands here and on line 3"),
    "beside": ("unknown: 1\n", "unknown: is not known"),
}


@pytest.mark.parametrize(("more", "said"), BROKEN.values(), ids=BROKEN)
def test_a_file_is_read_as_strictly_as_by_the_program(read, more, said):
    with pytest.raises(ConfigError, match=f"^Pulumi.x.yaml: {said}"):
        read(DEVELOPMENT + more)


def test_no_value_is_too_odd_to_be_read(read):
    found = read(f"{DEVELOPMENT}  chittyos:account: {'9' * 5000}\n  a: 2026-13-45\n")

    assert found.account == "9" * 5000
    assert found.config["a"] == "2026-13-45"


def test_a_long_environment_is_not_repeated_in_full(read):
    with pytest.raises(OpsError, match="chittyos:environment: is 'xxx") as raised:
        read(f"config:\n  chittyos:environment: {'x' * 5000}\n")

    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("zones", [5, "chitty.cc", {"name": "a"}, None, [5], [{"name": "a"}]])
def test_zones_that_are_none_are_left_out(zones):
    assert target(zones=zones).zones == {}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "http://127.0.0.1:abc", "http://[::1:2/"]
)
def test_a_port_that_is_none_is_said_with_its_address(url):
    found = Target("x", "development", {"cloudflare:baseUrl": url})

    with pytest.raises(
        OpsError, match=r"^Pulumi.x.yaml: cloudflare:baseUrl: 'http://.* is refused"
    ):
        _ = found.api_port


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("chittyos:plan", "paid"),
        ("chittyos:access.tokens[1].name", "cd"),
        ("chittyos:host", "c-x.example"),
        ("chittyos:plan.more", None),
        ("chittyos:access.nothing[0]", None),
        ("other:plan", None),
    ],
)
def test_a_setting_is_found_by_its_path_with_the_name_of_the_stack_in_it(key, found):
    tokens = [{"name": "ci"}, {"name": "cd"}]
    given = target(plan="paid", access={"tokens": tokens}, host="c-{stack}.example")

    assert given.setting(key) == found
