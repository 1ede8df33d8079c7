"""What is refused of the block of Connect's host (OP-1, OP-2, OP-3, OP-6; ADR 46)."""

import pytest
import yaml

from config import ConfigError
from systems.onepassword_connect.names import CONTAINERS
from systems.onepassword_connect.pinned_images import faults, images, tracked
from tests.config.examples import ROOT, good, source
from tests.config.examples import load as load_all
from tests.systems.onepassword_connect.examples import CANARY, HOST, KEY, PINNED, load, values

FIRST = {"name": "first", "engine": "ssh://deploy@connect-1.example.com"}
SECOND = {"name": "second", "engine": "ssh://deploy@connect-2.example.com"}


def problems(**changes):
    with pytest.raises(ConfigError) as raised:
        load(values(**changes))
    return {problem.path: problem.text for problem in raised.value.problems}


def own(name):
    return f"onepassword_connect:{name}"


def test_a_stack_of_its_own_is_right():
    settings = load(values()).blocks["onepassword_connect"].settings

    assert settings.host == HOST
    assert settings.tunnel == "1password-connect-chittyos"
    assert settings.proxy.requests_a_minute == 100


def test_stacks_have_none_of_it_unless_they_say_so():
    settings = load_all("production", source(good("production"), "production")).blocks

    assert settings["onepassword_connect"].settings.host is None


def test_previews_of_other_systems_never_need_the_docker_host():
    given = {**good("production"), **values(), "chittyos:systems": None}
    given = {key: value for key, value in given.items() if value is not None}
    given["chittyos:monitoring"] = good("production")["chittyos:monitoring"]
    with pytest.raises(ConfigError) as raised:
        load(given, "production")
    found = {problem.path: problem.text for problem in raised.value.problems}

    assert "whose previews would need the Docker host" in found[own("host")]
    assert "chittyos:systems: [onepassword_connect]" in found[own("host")]


BAD = {
    "no machine": ({"machines": None}, "machines", "must name a machine"),
    "no organisation": ({"team": None}, "team", "before .cloudflareaccess.com"),
    "nobody is told": ({"emails": None}, "emails", "somebody has to be told"),
    "a machine twice": (
        {"machines": [FIRST, {**FIRST, "name": "second"}]},
        "machines[1].engine",
        "is that of a machine above",
    ),
    "a name twice": (
        {"machines": [FIRST, {**SECOND, "name": "first"}]},
        "machines[1].name",
        "is first again",
    ),
    "keys of ssh for a socket": (
        {"machines": [{"name": "here", "engine": "unix:///run/docker.sock", "known_hosts": "k"}]},
        "machines[0].known_hosts",
        "this is a socket",
    ),
    "a daemon without ssh": (
        {"machines": [{**FIRST, "engine": "tcp://10.0.0.1:2375"}]},
        "machines[0].engine",
        "is no address of a Docker Engine",
    ),
    "a subnet of another size": (
        {"machines": [{**FIRST, "subnet": "10.0.0.0/16"}]},
        "machines[0].subnet",
        "is no private network; it is a /24 within 10.0.0.0/8",
    ),
    "a subnet that is the machine itself": (
        {"machines": [{**FIRST, "subnet": "127.0.5.0/24"}]},
        "machines[0].subnet",
        "is no private network",
    ),
    "a subnet where a cloud answers about the machine": (
        {"machines": [{**FIRST, "subnet": "169.254.169.0/24"}]},
        "machines[0].subnet",
        "is no private network",
    ),
    "an old tunnel": (
        {"images": {**PINNED, "cloudflared": PINNED["cloudflared"].replace("10.4", "8.2")}},
        "images.cloudflared",
        "is 2026.8.2; take 2026.10.4 or a later one",
    ),
    "an image of no container": ({"images": {"redis": "docker.io/a/b:1"}}, "images", ""),
}


@pytest.mark.parametrize(("changes", "path", "said"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_said_where_it_stands(changes, path, said):
    found = problems(**{f"onepassword_connect__{key}": value for key, value in changes.items()})

    (at,) = [each for each in found if each.startswith(own(path))]
    assert said in found[at]


def test_two_versions_of_connect_are_refused():
    image = f"docker.io/1password/connect-sync:1.8.1@sha256:{'2f' * 32}"
    found = problems(onepassword_connect__images={**PINNED, "connect-sync": image})

    assert "is 1.8.1, and the API is 1.8.2" in found[own("images.connect-sync")]


def test_an_image_without_a_digest_is_refused_with_how_to_find_it():
    found = problems(onepassword_connect__images=None)

    assert set(found) == {own("images.cloudflared"), own("images.nginx-exporter")}
    said = found[own("images.cloudflared")]
    assert said.startswith("in images/compose.yaml; write it there, or set it here:")
    assert "docker buildx imagetools inspect docker.io/cloudflare/cloudflared:2026.10.4" in said


@pytest.mark.parametrize(
    "content", ["{}", "[]", f'{{"verifier":"{CANARY}"}}', f"not JSON {CANARY}"]
)
def test_credentials_are_the_content_of_the_file_and_never_shown(content):
    said = problems(onepassword_connect__CREDENTIALS=content)[own("CREDENTIALS")]

    assert "is not the content of a 1password-credentials.json" in said
    assert CANARY not in said


def test_without_credentials_it_says_how_they_are_set():
    said = problems(onepassword_connect__CREDENTIALS=None)[own("CREDENTIALS")]

    assert (
        "python -m ops secret set production-connect onepassword_connect.CREDENTIALS "
        "< 1password-credentials.json"
    ) in said


def test_keys_without_a_host_deploy_nothing_and_are_refused():
    found = problems(
        onepassword_connect__host=None,
        onepassword_connect__images=None,
        onepassword_connect__machines=None,
        onepassword_connect__team=None,
    )

    assert found == {
        own(
            "emails"
        ): "is set, and host is not, so that nothing is deployed; set host, or remove it"
    }


def test_the_stack_of_the_document_is_right_once_its_owner_completed_it():
    text = (ROOT / "docs" / "onepassword-connect-host.md").read_text()
    written = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])["config"]
    asked = ("chittyos:account", "chittyos:zones", "onepassword_connect:images", KEY)
    given = {**written, **{key: value for key, value in values().items() if key in asked}}

    assert load(given).blocks["onepassword_connect"].settings.host == HOST


def test_every_container_has_its_image_in_the_file_that_bots_renew():
    assert set(tracked()) == set(CONTAINERS)
    assert images({"nginx": "docker.io/a/b:1"})["nginx"] == "docker.io/a/b:1"
    assert list(faults({}, pinned=False)) == []
