"""What a Docker host registers: hardened, in order, anew where the plugin sees nothing (OP-6)."""

import pytest

from components.docker_args import PortArgs
from tests.components.docker_hosts import CANARY, IMAGE, container, deployed, host_args, reader

API, SEED = "Container h-api", "Container h-seed-keys-files"


def labels(made):
    return {each["label"]: each["value"] for each in made.inputs["labels"]}


def test_a_container_is_as_strict_as_it_can_be():
    inputs = deployed()[API].inputs

    assert inputs["readOnly"] is True
    assert inputs["capabilities"] == {"drops": ["ALL"]}
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert inputs["user"] == "999:999"
    assert inputs["memory"] == inputs["memorySwap"] == 64
    assert inputs["cpus"] == "0.5"
    assert {each["name"]: each["hard"] for each in inputs["ulimits"]} == {
        "nofile": 1024,
        "nproc": 64,
    }
    assert inputs["logOpts"] == {"max-size": "10m", "max-file": "3"}
    assert inputs["restart"] == "unless-stopped"
    assert inputs["init"] is True
    assert "ports" not in inputs
    assert "privileged" not in inputs


def test_what_it_may_write_is_its_own_users():
    options = deployed()[API].inputs["tmpfs"]["/tmp"]  # noqa: S108 - inside of a container

    assert options == "rw,noexec,nosuid,nodev,size=16m,uid=999,gid=999,mode=0700"


def test_it_has_time_to_end_when_it_is_replaced():
    inputs = deployed(host_args(containers=(reader(stop_seconds=40),)))[API].inputs

    assert inputs["destroyGraceSeconds"] == inputs["stopTimeout"] == 40


def test_what_the_plugin_would_call_an_update_and_not_send_replaces():
    request = deployed()[API].request

    assert sorted(request.replaceOnChanges) == ["healthcheck", "init", "tmpfs"]
    assert request.deleteBeforeReplace


def test_values_are_written_as_the_engine_gives_them_back():
    inputs = deployed()[API].inputs

    assert inputs["healthcheck"] == {
        "tests": ["CMD", "probe", "now"],
        "interval": "1m30s",
        "timeout": "3s",
        "startPeriod": "20s",
        "retries": 3,
    }
    assert inputs["wait"] is True
    assert "volumes" not in inputs
    assert "networkMode" not in inputs
    assert not any("volumeOptions" in mount for mount in inputs["mounts"])


def test_only_a_container_with_a_health_check_is_waited_for():
    made = deployed(host_args(containers=(container(),)))

    assert made[API].inputs["wait"] is False
    assert "healthcheck" not in made[API].inputs


def test_a_network_leads_nowhere_unless_it_is_said():
    made = deployed()

    assert made["Network h-network-back"].inputs["internal"] is True
    assert made["Network h-network-front"].inputs["internal"] is False
    assert made["Network h-network-front"].inputs["ipamConfigs"] == [
        {"subnet": "10.213.40.0/24", "ipRange": "10.213.40.0/25"}
    ]


def test_a_container_has_its_name_on_each_network_and_the_address_that_was_given():
    joined = deployed()[API].inputs["networksAdvanced"]

    assert joined == [
        {"name": "tests-front", "aliases": ["api"], "ipv4Address": "10.213.40.200"},
        {"name": "tests-back", "aliases": ["api"]},
    ]


def test_a_published_port_is_the_hosts_own():
    args = host_args(containers=(reader(ports=(PortArgs(container=8080, host=18080),)),))

    assert deployed(args)[API].inputs["ports"] == [
        {"internal": 8080, "external": 18080, "ip": "127.0.0.1", "protocol": "tcp"}
    ]


def test_a_file_comes_by_a_container_that_never_runs():
    seed = deployed()[SEED]

    assert seed.inputs["start"] is False
    assert seed.inputs["mustRun"] is False
    assert seed.inputs["networkMode"] == "none"
    assert seed.inputs["readOnly"] is False
    assert seed.inputs["mounts"] == [
        {"type": "volume", "source": "tests-keys", "target": "/seeded"}
    ]
    (upload,) = seed.inputs["uploads"]["value"]  # the list of a secret is sealed as a whole
    assert upload["file"] == "/seeded/key.json"
    assert (upload["permissions"], upload["owner"], upload["group"]) == ("0400", "999", "999")
    assert seed.is_secret("uploads")


def test_files_are_there_before_who_reads_them():
    made = deployed()

    assert made[API].depends_on >= {
        SEED,
        "Volume h-volume-keys",
        "Volume h-volume-data",
        "Network h-network-back",
        "Network h-network-front",
    }
    assert "Volume h-volume-keys" in made[SEED].depends_on
    assert made[API].inputs["mounts"][0]["readOnly"] is True
    assert made[API].inputs["mounts"][1]["readOnly"] is False


def test_another_content_makes_another_container_and_shows_nothing_of_it():
    before, after = deployed(), deployed(contents={"keys-files": {"key.json": f"{CANARY}-new"}})

    assert labels(before[API])["chittyos.files"] != labels(after[API])["chittyos.files"]
    assert labels(before[API])["chittyos.networks"] == labels(after[API])["chittyos.networks"]
    assert CANARY not in str(after[API].inputs)
    assert not after[API].is_secret("labels")


def test_another_network_makes_another_container():
    """A network that is made again comes back without the containers that were on it."""
    plain = container()
    one = deployed(host_args(containers=(plain,)))[API]
    two = deployed(host_args(containers=(reader(),)))[API]

    assert labels(one)["chittyos.networks"] != labels(two)["chittyos.networks"]
    assert labels(one)["chittyos.host"] == "tests"


def test_containers_come_in_their_order():
    args = host_args(containers=(reader(), container("proxy", after=("api",))))

    assert API in deployed(args)["Container h-proxy"].depends_on


def test_all_of_it_is_on_one_engine_that_is_known():
    made = deployed(host_args(known_hosts="keys/known_hosts"))
    engine = made["docker h-engine"].inputs

    assert engine["host"] == "ssh://deploy@connect.example.com"
    assert "StrictHostKeyChecking=yes" in engine["sshOpts"]
    assert "UserKnownHostsFile=keys/known_hosts" in engine["sshOpts"]
    docker = [each for each in made.values() if each.type.startswith("docker:")]
    assert all("h-engine" in each.request.provider for each in docker)
    assert len(docker) == 6


def test_a_socket_needs_no_ssh():
    made = deployed(host_args(engine="unix:///var/run/docker.sock"))

    assert "sshOpts" not in made["docker h-engine"].inputs


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({}, "keys-files/key.json has no content"),
        ({"keys-files": {"key.json": "x", "b": "y"}}, "keys-files/b is no file of a seed"),
    ],
)
def test_every_file_has_its_content_and_none_is_left_over(contents, said):
    with pytest.raises(ValueError, match=said):
        deployed(contents=contents)


def test_the_image_is_the_one_that_was_looked_at():
    assert deployed()[API].inputs["image"] == IMAGE


def test_what_answers_through_another_is_made_one_by_one():
    """OP-1: of two that change at once only the first would wait for the end of who is before."""
    given = (
        reader(),
        container("proxy"),
        container("aside"),
        container("door", fronts=("api", "proxy")),
    )
    made = deployed(host_args(containers=given))

    assert API in made["Container h-proxy"].depends_on
    assert not {API, "Container h-proxy"} & made["Container h-aside"].depends_on


def test_who_passes_answers_on_goes_before_whoever_gives_them():
    """OP-1: it is known by their ids, and by nothing that a change of it alone would turn."""
    fronted = (reader(), container("proxy"), container("door", fronts=("api", "proxy")))
    made = deployed(host_args(containers=fronted))
    door = made["Container h-door"]

    assert {"Container h-api", "Container h-proxy"} <= door.depends_on
    assert set(labels(door)) == {"chittyos.host", "chittyos.networks", "chittyos.fronts"}
    assert "chittyos.fronts" not in labels(made["Container h-proxy"])
    causes = door.request.propertyDependencies["labels"].urns
    assert {urn.rpartition("::")[2] for urn in causes} >= {"h-api", "h-proxy"}
