"""Volumes: they hold data, so that one of the same name is never taken over in silence."""

from common.json_types import Json
from provider.docker.engine import Api, found
from provider.docker.labels import as_mapping
from provider.docker.resource import Resource
from provider.errors import PluginError


class Volume(Resource):
    """A volume by its name, which is its id."""

    name = "Volume"
    supported = frozenset({"name", "driver", "driverOpts", "labels"})
    sets = frozenset({"labels"})

    def create(self, api: Api, inputs: Json) -> str:
        name = inputs["name"]
        # The engine answers a create of a name that is there with that volume, and changes nothing.
        if found(api.inspect_volume, name) is not None:
            raise PluginError(
                f"the Docker Engine has a volume {name} already, with data that may be somebody's; "
                f"choose another name, or docker volume rm {name} if nothing needs it"
            )
        options = {
            "driver_opts": inputs.get("driverOpts"),
            "labels": as_mapping(inputs.get("labels")),
        }
        api.create_volume(name, driver=inputs.get("driver"), **options)
        return str(name)

    def read(self, api: Api, known: str, properties: Json) -> Json | None:  # noqa: ARG002
        return found(api.inspect_volume, known)

    def computed(self, answer: Json, inputs: Json) -> Json:
        shown = {
            "name": answer["Name"],
            "driver": answer["Driver"],
            "mountpoint": answer["Mountpoint"],
        }
        return {name: value for name, value in shown.items() if inputs.get(name) is None}

    def delete(self, api: Api, known: str, properties: Json) -> None:  # noqa: ARG002
        if found(api.inspect_volume, known) is not None:
            api.discard(known)
