"""`python -m provider.docker <engine address>`: the stand-in for the `docker` plugin."""

from common.quick_imports import collect_less, skip_init

collect_less()
skip_init("pulumi", "pulumi.runtime")  # of Pulumi's SDK the plugin needs the protocol alone

from provider.docker.provider import Provider  # noqa: E402
from provider.server import main  # noqa: E402

if __name__ == "__main__":
    main(Provider)
