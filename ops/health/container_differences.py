"""What of a container is not as it was deployed: the plugin's inputs against the engine's words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from common.json_types import Json

MEGABYTE = 1 << 20
NO_RESTART = "no"
READ = "refresh and up"
"""An `up` alone believes its state."""


def differences(known: str, inputs: Json, found: Json | None, image: Json | None) -> Iterator[str]:
    """Yield what differs of the container with the id *known*, a sentence each.

    *inputs* are those it was deployed with, *found* is what the engine says of its name (`None`:
    there is none), *image* what it says of the image that it runs.
    """
    name = inputs["name"]
    if found is None:
        yield f"{name} is not there; {READ}"
        return
    if found["Id"] != known:
        yield f"{name} is not the container that was deployed; {_again(inputs)}"
        return
    starts = inputs.get("start") is not False
    for sentence in (
        *(_running(name, found["State"]) if starts else ()),
        *_image(inputs, found, image),
        *_networks(inputs, found),
        *_memory(inputs, found["HostConfig"]),
        *_restart(inputs, found["HostConfig"]),
    ):
        yield f"{name} {sentence}"


def strangers(known: Mapping[str, Json], there: Sequence[Json]) -> Iterator[str]:
    """Yield who else of *there* is on a network of the containers *known*, by their ids."""
    ours = {network for inputs in known.values() for network in _joined(inputs)}
    for each in there:
        on = ours & set((each.get("NetworkSettings") or {}).get("Networks") or {})
        if each["Id"] not in known and each["Names"] and on and not _named(each, known.values()):
            name = each["Names"][0].lstrip("/")
            yield (
                f"{name} is on {_listed(on)} and is no container of the stack; "
                f"docker network disconnect --force {min(on)} {name}"
            )


def _named(container: Json, known: Iterable[Json]) -> bool:
    """Return whether *container* has taken the name of a known one, which is said already."""
    return container["Names"][0].lstrip("/") in {each["name"] for each in known}


def _running(name: str, state: Json) -> Iterator[str]:
    health = (state.get("Health") or {}).get("Status")
    if state.get("Paused"):
        yield f"is paused; docker unpause {name}"
    elif not state.get("Running") or state.get("Restarting"):
        yield f"is {state['Status']} (exit code {state['ExitCode']}); docker logs {name} says why"
    elif health == "unhealthy":
        yield f"is unhealthy; docker inspect {name} has what its check said"


def _image(inputs: Json, found: Json, image: Json | None) -> Iterator[str]:
    """Find another reference, and another digest under the same one."""
    asked, runs = inputs["image"], found["Config"]["Image"]
    digest = asked.partition("@")[2]
    if runs != asked:
        yield f"runs {runs}, deployed was {asked}; {_again(inputs)}"
    elif digest and not any(digest in each for each in _digests(found, image)):
        has = ", ".join(_digests(None, image)) or found["Image"]
        yield f"runs {has}, deployed was {asked}; {_again(inputs)}"


def _digests(found: Json | None, image: Json | None) -> list[str]:
    own = [found["Image"]] if found else []
    return [*own, *((image or {}).get("RepoDigests") or [])]


def _networks(inputs: Json, found: Json) -> Iterator[str]:
    there = found["NetworkSettings"]["Networks"]
    asked = _joined(inputs)
    for name in sorted(asked.keys() - there.keys()):
        yield f"is off the network {name}; {_again(inputs)}"
    for name in sorted(there.keys() - asked.keys() if asked else ()):
        yield f"is on the network {name} as well; docker network disconnect {name} {inputs['name']}"
    for name in sorted(asked.keys() & there.keys()):
        given = (there[name].get("IPAMConfig") or {}).get("IPv4Address") or ""
        if asked[name] and given != asked[name]:
            has = given or "any address"
            yield f"has {has} on {name}, deployed was {asked[name]}; {_again(inputs)}"


def _memory(inputs: Json, host: Json) -> Iterator[str]:
    """Find what `docker update` changes of a container that goes on."""
    memory = int(inputs.get("memory") or 0)
    if host["Memory"] != memory * MEGABYTE:
        yield f"may use {host['Memory'] // MEGABYTE} MB, deployed was {memory}; {READ}"


def _restart(inputs: Json, host: Json) -> Iterator[str]:
    asked = inputs.get("restart") or NO_RESTART
    restarts = host["RestartPolicy"]["Name"] or NO_RESTART
    if restarts != asked:
        yield f"restarts {restarts!r}, deployed was {asked!r}; {READ}"


def _joined(inputs: Json) -> dict[str, str]:
    """Return the address that was asked for on each network; "" where any will do."""
    joined: list[Any] = inputs.get("networksAdvanced") or []
    return {each["name"]: each.get("ipv4Address") or "" for each in joined}


def _again(inputs: Json) -> str:
    return f"docker rm --force {inputs['name']}, then {READ}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
