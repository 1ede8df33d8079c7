"""Images that the engine pulls, and keeps until nothing needs them."""

from common.json_types import Json
from provider.docker.engine import Api, ensure_image, found
from provider.docker.resource import Resource


class RemoteImage(Resource):
    """An image by the name it is pulled by; its id is the engine's, and that name after it."""

    name = "RemoteImage"
    supported = frozenset(
        {"name", "keepLocally", "forceRemove", "platform", "pullTriggers", "triggers"}
    )
    in_place = frozenset({"keepLocally", "forceRemove"})
    sets = frozenset({"pullTriggers"})
    named = False

    def create(self, api: Api, inputs: Json) -> str:
        image = ensure_image(api, inputs["name"], inputs.get("platform"))
        return f"{image['Id']}{inputs['name']}"

    def read(self, api: Api, known: str, properties: Json) -> Json | None:
        image = found(api.inspect_image, properties["name"])
        if image is None or not known.startswith(image["Id"]):
            return None  # the name is another image's now
        return image

    def take_back(self, api: Api, known: str, inputs: Json) -> None:
        """Leave it: it may have been there before, and a pull of it is repeated for nothing."""

    def computed(self, answer: Json, inputs: Json) -> Json:  # noqa: ARG002
        digests = answer.get("RepoDigests") or [""]
        return {"imageId": answer["Id"], "repoDigest": digests[0]}

    def delete(self, api: Api, known: str, properties: Json) -> None:
        if properties.get("keepLocally"):
            return
        if self.read(api, known, properties) is not None:
            api.remove_image(properties["name"], force=bool(properties.get("forceRemove")))
