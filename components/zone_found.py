"""What a setting of a zone was found with, so that it can go back to it.

For most settings Cloudflare's plugin deletes nothing: they would stay as they were set when the
stack goes. The engine keeps the provider below in its state, by reference: its module and name are
a contract. What it does stands in `zone_found_api`, which only the provider's own process imports.
"""

from typing import Any

import pulumi
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

Props = dict[str, Any]


class ZoneFoundProvider(ResourceProvider):
    """Notes a setting when it is made, and puts it back when it goes."""

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        from components import zone_found_api  # noqa: PLC0415 - see the module

        return zone_found_api.diff(_olds, _news)

    def create(self, props: Props) -> CreateResult:
        from components import zone_found_api  # noqa: PLC0415

        return zone_found_api.create(props)

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        from components import zone_found_api  # noqa: PLC0415

        return zone_found_api.update(_olds, _news)

    def read(self, id_: str, props: Props) -> ReadResult:
        from components import zone_found_api  # noqa: PLC0415

        return zone_found_api.read(id_, props)

    def delete(self, _id: str, _props: Props) -> None:
        from components import zone_found_api  # noqa: PLC0415

        zone_found_api.delete(_props)


class ZoneFound(Resource, module="chittyos", name="ZoneFound"):
    """The record of what a setting of a zone was. The token comes from CLOUDFLARE_API_TOKEN.

    Whatever changes the setting has to depend on it: then it is made before and goes after.
    """

    def __init__(
        self,
        name: str,
        setting: str,
        *,
        zone_id: str,
        base_url: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take *setting* by its name in the API, or one of `zone_found_api.PLACES`."""
        props = {"zone_id": zone_id, "base_url": base_url, "setting": setting, "found": None}
        super().__init__(ZoneFoundProvider(), name, props, opts)
