"""Containers: made as the official plugin makes them, and changed only where the engine changes."""

import time
from collections.abc import Mapping
from typing import ClassVar

from docker.utils import version_lt

from common.json_types import Json
from provider.docker import container_check, container_state
from provider.docker.container_body import CONFIG, HOST, LIMITS, SIZED, create_body, update_body
from provider.docker.engine import Api, ensure_image, found
from provider.docker.resource import Resource
from provider.docker.uploads import packed
from provider.errors import PluginError
from provider.validation import Failure

BRIDGE = "bridge"
START_INTERVAL_SINCE = "1.44"
WAIT_SECONDS, POLL_SECONDS = 60, 0.2
_OF_THE_PLUGIN = frozenset({"destroyGraceSeconds", "removeVolumes", "wait", "waitTimeout"})
"""What the plugin itself does, when it makes or removes the container: the engine is not told."""

_RESTART = frozenset({"restart", "maxRetryCount"})


class Container(Resource):
    """A container by its id."""

    name = "Container"
    supported = frozenset(
        {
            *(*CONFIG, *HOST, *SIZED, *_OF_THE_PLUGIN, *_RESTART),
            *("name", "labels", "healthcheck", "ports", "capabilities", "logDriver", "logOpts"),
            *("mounts", "ulimits", "hosts", "networkMode", "networksAdvanced", "uploads"),
            *("mustRun", "start", "platform"),
        }
    )
    in_place = frozenset({*LIMITS, *_RESTART, *_OF_THE_PLUGIN})
    defaults: ClassVar[Mapping[str, object]] = {"mustRun": True, "start": True, "restart": "no"}
    sets = frozenset(
        {
            *("envs", "labels", "capabilities", "securityOpts", "mounts", "networksAdvanced"),
            *("ulimits", "uploads", "hosts", "dns", "dnsOpts", "dnsSearches", "groupAdds"),
        }
    )

    def check(self, inputs: Json) -> list[Failure]:
        return container_check.failures(inputs)

    def replaces(self, name: str, new: Json) -> bool:
        """Say yes to a limit that is left out again, too: the engine cannot take one off."""
        return name not in self.in_place or (name in LIMITS and not new.get(name))

    def create(self, api: Api, inputs: Json) -> str:
        _check_engine(api, inputs)
        ensure_image(api, inputs["image"], inputs.get("platform"))
        body = create_body(inputs)
        made = api.create_container_from_config(  # type: ignore[no-untyped-call]
            body, inputs["name"], inputs.get("platform")
        )
        return str(made["Id"])

    def begin(self, api: Api, known: str, inputs: Json) -> None:
        _prepare(api, known, inputs)
        if inputs["start"]:
            api.start(known)
            _await(api, known, inputs)

    def take_back(self, api: Api, known: str, inputs: Json) -> None:  # noqa: ARG002
        if found(api.inspect_container, known) is not None:
            api.remove_container(known, v=True, force=True)

    def by_hand(self, inputs: Json) -> str:
        return f"docker rm --force {inputs['name']}"

    def update(self, api: Api, known: str, inputs: Json) -> None:
        api.update(known, update_body(inputs))

    def read(self, api: Api, known: str, properties: Json) -> Json | None:  # noqa: ARG002
        return found(api.inspect_container, known)

    def computed(self, answer: Json, inputs: Json) -> Json:
        return container_state.computed(answer, inputs)

    def drifted(self, answer: Json, inputs: Json) -> Json:
        return container_state.drifted(answer, inputs)

    def delete(self, api: Api, known: str, properties: Json) -> None:
        if found(api.inspect_container, known) is None:
            return
        api.stop(known, timeout=properties.get("destroyGraceSeconds") or 0)
        volumes = properties.get("removeVolumes") is not False
        api.remove_container(known, v=volumes, force=True)


def _check_engine(api: Api, inputs: Json) -> None:
    asks = (inputs.get("healthcheck") or {}).get("startInterval")
    if asks and version_lt(api.api_version, START_INTERVAL_SINCE):
        raise PluginError(
            f"healthcheck.startInterval needs a Docker Engine of API {START_INTERVAL_SINCE}, "
            f"this one has {api.api_version}, which would ignore it; leave it out"
        )


def _prepare(api: Api, known: str, inputs: Json) -> None:
    """Join the networks and put the files in, before anything runs."""
    networks = inputs.get("networksAdvanced") or []
    if networks and (inputs.get("networkMode") or BRIDGE) == BRIDGE:
        api.disconnect_container_from_network(known, BRIDGE)
    for each in networks:
        api.connect_container_to_network(
            known,
            each["name"],
            aliases=each.get("aliases"),
            ipv4_address=each.get("ipv4Address"),
            ipv6_address=each.get("ipv6Address"),
            link_local_ips=each.get("linkLocalIps"),
            mac_address=each.get("macAddress"),
        )
    for upload in inputs.get("uploads") or []:
        api.put_archive(known, "/", packed(upload))


def _await(api: Api, known: str, inputs: Json) -> None:
    """Return when the container runs, or with `wait` when it is healthy."""
    deadline = time.monotonic() + (inputs.get("waitTimeout") or WAIT_SECONDS)
    while True:
        state = api.inspect_container(known)["State"]
        if inputs["mustRun"] and not state["Running"] and not state.get("Restarting"):
            raise PluginError(_ended(state["ExitCode"], inputs))
        health = (state.get("Health") or {}).get("Status")
        if not inputs.get("wait") or health == "healthy":
            return
        if health == "unhealthy" or time.monotonic() > deadline:
            raise PluginError(
                f"the container {inputs['name']} did not become healthy (it is {health}); look at "
                "its healthcheck and waitTimeout"
            )
        time.sleep(POLL_SECONDS)


def _ended(code: int, inputs: Json) -> str:
    return (
        f"the container {inputs['name']} ended at once with exit code {code}; see "
        f"by hand what it says (docker run {inputs['image']}), or set mustRun to false when it "
        "is meant to end"
    )
