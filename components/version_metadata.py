"""What a worker knows of its own version, which Cloudflare makes with each upload."""

from collections.abc import Sequence

import pulumi

from components.binding import Binding


class VersionMetadata:
    """Id, tag and time of the version that runs."""

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing: each version has its own."""
        return ()

    def binding(self, name: str) -> Binding:
        """Show them to a worker as `env.<name>`."""
        return {"name": name, "type": "version_metadata"}
