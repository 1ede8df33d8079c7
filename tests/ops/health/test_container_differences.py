"""What `verify` says of containers that are not as they were deployed (OP-1, OP-6)."""

import copy
from typing import Any

import pytest

from ops.commands import verify
from ops.errors import OpsError
from ops.health import containers
from ops.health.container_differences import differences, strangers
from tests.ops.health.machine_state import IMAGE, state_of

ID, OTHER = "1" * 64, "2" * 64
DIGEST, MOVED = IMAGE.partition("@")[2], f"sha256:{'e' * 64}"
INPUTS = {
    "name": "c-nginx",
    "image": IMAGE,
    "memory": 64,
    "restart": "unless-stopped",
    "networksAdvanced": [{"name": "c-edge", "ipv4Address": "10.0.0.19"}, {"name": "c-back"}],
}
FOUND: dict[str, Any] = {
    "Id": ID,
    "Image": f"sha256:{'a' * 64}",
    "Config": {"Image": IMAGE},
    "State": {"Status": "running", "Running": True, "ExitCode": 0, "Health": {"Status": "healthy"}},
    "HostConfig": {"Memory": 64 << 20, "RestartPolicy": {"Name": "unless-stopped"}},
    "NetworkSettings": {
        "Networks": {"c-edge": {"IPAMConfig": {"IPv4Address": "10.0.0.19"}}, "c-back": {}}
    },
}
PULLED = {"RepoDigests": [f"nginx@{DIGEST}"]}
ANEW = "docker rm --force c-nginx, then refresh and up"


def changed(**paths):
    """Return what the engine says with *paths* (`State__Paused`) set."""
    found = copy.deepcopy(FOUND)
    for path, value in paths.items():
        *folders, last = path.split("__")
        at = found
        for folder in folders:
            at = at[folder]
        at[last] = value
    return found


def networks(**on):
    return changed(
        NetworkSettings__Networks={name.replace("_", "-"): at for name, at in on.items()}
    )


EDGE = FOUND["NetworkSettings"]["Networks"]["c-edge"]
DIFFER = {
    "gone": (None, "is not there; refresh and up"),
    "made anew by hand": (changed(Id=OTHER), f"is not the container that was deployed; {ANEW}"),
    "paused": (changed(State__Paused=True), "is paused; docker unpause c-nginx"),
    "ended": (
        changed(State={"Status": "exited", "Running": False, "ExitCode": 137}),
        "is exited (exit code 137); docker logs c-nginx says why",
    ),
    "starts again and again": (
        changed(State={"Status": "restarting", "Running": True, "Restarting": True, "ExitCode": 1}),
        "is restarting (exit code 1); docker logs c-nginx says why",
    ),
    "unhealthy": (
        changed(State__Health={"Status": "unhealthy"}),
        "is unhealthy; docker inspect c-nginx has what its check said",
    ),
    "another image": (
        changed(Config__Image="docker.io/library/nginx:1.29.0"),
        f"runs docker.io/library/nginx:1.29.0, deployed was {IMAGE}; {ANEW}",
    ),
    "off a network": (networks(c_edge=EDGE), f"is off the network c-back; {ANEW}"),
    "on a further network": (
        networks(c_edge=EDGE, c_back={}, bridge={}),
        "is on the network bridge as well; docker network disconnect bridge c-nginx",
    ),
    "another address": (
        networks(c_edge={"IPAMConfig": None}, c_back={}),
        f"has any address on c-edge, deployed was 10.0.0.19; {ANEW}",
    ),
    "more memory": (
        changed(HostConfig__Memory=1 << 30),
        "may use 1024 MB, deployed was 64; refresh and up",
    ),
    "no restart": (
        changed(HostConfig__RestartPolicy={"Name": "no"}),
        "restarts 'no', deployed was 'unless-stopped'; refresh and up",
    ),
}


@pytest.mark.parametrize(("found", "said"), DIFFER.values(), ids=DIFFER)
def test_what_somebody_did_by_hand_is_said_with_what_undoes_it(found, said):
    assert list(differences(ID, INPUTS, found, PULLED)) == [f"c-nginx {said}"]


def test_another_digest_under_the_same_reference_is_said():
    moved = {"RepoDigests": [f"nginx@{MOVED}"]}
    said = list(differences(ID, INPUTS, FOUND, moved))

    assert said == [f"c-nginx runs nginx@{MOVED}, deployed was {IMAGE}; {ANEW}"]


@pytest.mark.parametrize("image", [PULLED, {"RepoDigests": [f"a@{MOVED}", f"b@{DIGEST}"]}])
def test_what_stands_as_deployed_differs_in_nothing(image):
    assert list(differences(ID, INPUTS, FOUND, image)) == []


def test_an_engine_whose_ids_of_images_are_their_digests_differs_in_nothing():
    assert list(differences(ID, INPUTS, changed(Image=DIGEST), None)) == []


def test_what_only_carries_files_is_never_started():
    seed = {"name": "c-seed", "image": IMAGE, "start": False, "networkMode": "none"}
    found = changed(
        State={"Status": "created", "Running": False, "ExitCode": 0},
        HostConfig={"Memory": 0, "RestartPolicy": {"Name": ""}},
        NetworkSettings__Networks={"none": {}},
    )

    assert list(differences(ID, seed, found, PULLED)) == []


def test_somebody_else_on_a_network_of_the_stack_is_said():
    def there(known, name, *on):
        return {
            "Id": known,
            "Names": [f"/{name}"],
            "NetworkSettings": {"Networks": {each: {} for each in on}},
        }

    said = strangers(
        {ID: INPUTS},
        [
            there(ID, "c-nginx", "c-edge"),
            there(OTHER, "shell", "bridge", "c-back", "c-edge"),
            there("3" * 64, "neighbour", "bridge"),
            there("4" * 64, "c-nginx", "c-edge"),
        ],
    )

    (sentence,) = said
    assert sentence == (
        "shell is on c-back, c-edge and is no container of the stack; "
        "docker network disconnect --force c-back shell"
    )


def test_the_state_says_which_engines_there_are_and_what_is_on_each():
    network = {"urn": "urn:pulumi:s::p::docker:index/network:Network::n", "id": "n", "inputs": {}}
    old = {**state_of("/a", ["old"])[1], "delete": True}
    found = containers.machines(
        [*state_of("/a", ["1", "2"], ["-o", "X=y"]), network, old, *state_of("/b", ["3"])]
    )

    assert [(each.engine, each.ssh_options, list(each.containers)) for each in found] == [
        ("unix:///a", ("-o", "X=y"), ["1", "2"]),
        ("unix:///b", (), ["3"]),
    ]
    assert containers.machines([network]) == []


def test_a_container_without_a_name_of_its_own_is_asked_for_by_that_of_the_plugin():
    _, made = state_of("/a", ["1"])
    del made["inputs"]["name"]
    (machine,) = containers.machines([{**made, "outputs": {"name": "c-4f1e"}}])

    assert machine.containers["1"]["name"] == "c-4f1e"
    assert machine.engine == "unix:///var/run/docker.sock"


def test_what_is_compared_is_no_secret():
    _, made = state_of("/a", ["1"])
    made["inputs"]["image"] = {"ciphertext": "…"}

    with pytest.raises(OpsError, match=r"^image of 1 is a secret in the state"):
        containers.machines([made])


def test_engines_that_do_not_answer_differ_and_verify_fails(tmp_path, capsys):
    resources = [*state_of(str(tmp_path / "a"), ["1"]), *state_of(str(tmp_path / "b"), ["2"])]
    (first, second) = verify._containers(resources)
    said = " ".join(capsys.readouterr().out.split())

    assert first == f"no Docker Engine answers at unix://{tmp_path}/a (No such file or directory)"
    assert "/b (" in second
    assert said.count("differs: no Docker Engine answers") == 2
    assert " 1 no" in said


def test_a_stack_without_containers_asks_nobody(capsys):
    assert verify._containers([]) == []
    assert capsys.readouterr().out == ""
