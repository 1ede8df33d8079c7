"""What is refused of a Docker host before anything is registered (OP-1, OP-2, OP-6)."""

import pytest
from pydantic import ValidationError

from components.docker_args import (
    JoinArgs,
    MountArgs,
    NetworkArgs,
    PortArgs,
    ScratchArgs,
    SeedArgs,
    VolumeArgs,
)
from planning.docker_engines import check_engine, duration
from planning.image_references import check_pinned, is_older, parse_image
from planning.refusals import RefusedError
from tests.components.docker_hosts import IMAGE, container, host_args, reader

BAD_HOSTS = {
    "a network that is not there": (
        {"containers": (container(networks=(JoinArgs(network="nowhere"),)),)},
        r"container api: there is no network 'nowhere'; there are: front, back",
    ),
    "a volume that is not there": (
        {"containers": (container(mounts=(MountArgs(volume="nothing", target="/x"),)),)},
        r"there is no volume 'nothing'; there are: keys, data",
    ),
    "an order that does not hold": (
        {"containers": (container(after=("proxy",)), container("proxy"))},
        r"container api: comes after 'proxy', which is not above it",
    ),
    "a front before what it fronts": (
        {"containers": (container(fronts=("proxy",)), container("proxy"))},
        r"container api: fronts 'proxy', which is not above it",
    ),
    "a name twice": ({"containers": (container(), container())}, "container api is there twice"),
    "a container named like a seed": (
        {"containers": (container("keys-files"),)},
        "container keys-files is there twice",
    ),
    "a volume of its own under the name of a seed's": (
        {"volumes": (VolumeArgs(name="keys"), VolumeArgs(name="data"))},
        "volume keys is there twice",
    ),
    "the address of the host": (
        {"containers": (container(networks=(JoinArgs(network="front", address="10.213.40.1"),)),)},
        r"'10.213.40.1' is no free address of front; it is one from 10.213.40.128 to 10.213.40.254",
    ),
    "an address that the engine hands out": (
        {"containers": (container(networks=(JoinArgs(network="front", address="10.213.40.9"),)),)},
        "'10.213.40.9' is no free address of front",
    ),
    "an address of another network": (
        {"containers": (container(networks=(JoinArgs(network="front", address="10.9.0.5"),)),)},
        "'10.9.0.5' is no free address of front",
    ),
    "an address without a subnet": (
        {"containers": (container(networks=(JoinArgs(network="back", address="10.9.0.5"),)),)},
        "has an address on back, which has no subnet",
    ),
    "an address twice": (
        {"containers": (reader(), reader().model_copy(update={"name": "other"}))},
        "the address 10.213.40.200 is given twice",
    ),
    "subnets that overlap": (
        {
            "networks": (
                NetworkArgs(name="front", internal=False, subnet="10.213.40.0/24"),
                NetworkArgs(name="back", subnet="10.213.0.0/16"),
            )
        },
        r"networks front \(10.213.40.0/24\) and back \(10.213.0.0/16\) overlap",
    ),
    "a port on internal networks": (
        {"containers": (container(ports=(PortArgs(container=80, host=18080),)),)},
        "publishes a port, which a container on internal networks alone cannot",
    ),
    "an image without a digest": (
        {"containers": (container(image=IMAGE.partition("@")[0]),)},
        r"api: '.*stub:1\.2\.3' has no digest; add the one that `docker buildx imagetools",
    ),
    "plain TCP": ({"engine": "tcp://10.0.0.5:2375"}, "is no address of a Docker Engine"),
}


@pytest.mark.parametrize(("changes", "said"), BAD_HOSTS.values(), ids=BAD_HOSTS)
def test_parts_that_do_not_fit_are_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        host_args(**changes)


def test_a_stack_may_go_without_digests_where_it_says_so():
    assert host_args(containers=(container(image="docker.io/library/a:1"),), pinned=False)


@pytest.mark.parametrize("user", ["root", "0:0", "0", "999", "0:999"])
def test_nobody_is_root(user):
    with pytest.raises(ValidationError, match="user"):
        container(user=user)


SECRETS = {
    "by its name": {"OP_TOKEN": "x"},
    "by its form": {"OP_LEVEL": f"cf{'ut'}_" + "a1B2" * 10},
}


@pytest.mark.parametrize("environment", SECRETS.values(), ids=SECRETS)
def test_a_credential_is_no_variable(environment):
    (value,) = environment.values()
    with pytest.raises(ValidationError, match="would show a credential") as raised:
        container(environment=environment)
    said = str(raised.value).partition("[type=")[0]
    assert len(value) < 2 or value not in said


NO_SUBNETS = [
    *("10.213.40.0/8", "10.213.40.5/24", "8.8.8.0/24", "x", "10.213.40.0/29"),
    *("127.0.5.0/24", "169.254.169.0/24", "100.64.0.0/24", "0.0.0.0/24", "198.18.0.0/24"),
    *("192.0.2.0/24", "240.0.0.0/24", "172.32.0.0/24"),
]


@pytest.mark.parametrize("subnet", NO_SUBNETS)
def test_a_subnet_is_private_and_whole(subnet):
    """OP-6: neither of the internet, nor what means something to the machine itself."""
    with pytest.raises(ValidationError, match="is no private network"):
        NetworkArgs(name="front", subnet=subnet)


@pytest.mark.parametrize("file", ["../key", "a/b", "", ".hidden"])
def test_a_seeded_file_stays_in_its_volume(file):
    with pytest.raises(ValidationError, match="files"):
        SeedArgs(name="seed", image=IMAGE, volume="keys", owner="1:1", files=(file,))


@pytest.mark.parametrize("sizes", [(64,), (32, 32), (200,)])
def test_folders_in_memory_leave_some_of_it(sizes):
    """OP-6: they count against the limit of the container."""
    scratch = tuple(
        ScratchArgs(target=f"/t{number}", megabytes=size) for number, size in enumerate(sizes)
    )
    said = f"scratch may hold {sum(sizes)} MB, and memory_mb is 64"
    with pytest.raises(ValidationError, match=said):
        container(scratch=scratch, memory_mb=64)
    assert container(scratch=scratch, memory_mb=sum(sizes) + 1).scratch == scratch


def test_a_folder_is_one_thing():
    mount = MountArgs(volume="keys", target="/run/keys")
    scratch = ScratchArgs(target="/run/keys", megabytes=1)

    with pytest.raises(ValidationError, match="/run/keys is given twice; a folder is one volume"):
        container(mounts=(mount,), scratch=(scratch,))


def test_a_port_below_1024_is_not_published():
    with pytest.raises(ValidationError, match="1024"):
        PortArgs(container=80, host=80)


REFERENCES = [
    "nginx",
    "nginx:1.30.4",
    "library/nginx:1.30.4",
    "docker.io/library/nginx",
    "docker.io/library/nginx:latest",
    f"docker.io/library/nginx@sha256:{'0f' * 32}",
    "docker.io/library/nginx:1.30.4@sha256:0f",
    "docker.io/Library/nginx:1",
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_an_image_is_named_whole_and_by_a_tag_that_stays(reference):
    with pytest.raises(RefusedError, match=r"no whole reference|tag that moves"):
        parse_image(reference)


def test_an_image_in_parts():
    assert parse_image(IMAGE) == ("docker.io/library/stub", "1.2.3", "0f" * 32)
    check_pinned(IMAGE)
    assert parse_image("localhost.example:5000/a/b:1").repository == "localhost.example:5000/a/b"


@pytest.mark.parametrize(
    ("tag", "than", "older"),
    [
        ("2026.8.2", "2026.10.4", True),
        ("2026.10.4", "2026.10.4", False),
        ("2026.10.10", "2026.10.4", False),
        ("2027.1.0", "2026.10.4", False),
    ],
)
def test_versions_are_compared_number_by_number(tag, than, older):
    assert is_older(tag, than) is older


ENGINES = [
    "ssh://connect.example.com",
    "ssh://deploy@",
    "ssh://deploy@host:0",
    "ssh://deploy@host:70000",
    "ssh://deploy@-oProxyCommand=x",
    "unix://var/run/docker.sock",
    "unix:///var/../run/docker.sock",
    "npipe:////./pipe/docker",
    "",
]


@pytest.mark.parametrize("address", ENGINES)
def test_an_engine_is_reached_by_ssh_or_a_socket(address):
    with pytest.raises(RefusedError, match="is no address of a Docker Engine"):
        check_engine(address)


@pytest.mark.parametrize(
    "address", ["ssh://deploy@10.0.0.5:2222", "ssh://a@b", "unix:///var/run/docker.sock"]
)
def test_addresses_that_are_right(address):
    assert check_engine(address) == address


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(5, "5s"), (60, "1m0s"), (90, "1m30s"), (3600, "1h0m0s"), (3725, "1h2m5s")],
)
def test_a_duration_is_written_as_it_comes_back(seconds, written):
    assert duration(seconds) == written
