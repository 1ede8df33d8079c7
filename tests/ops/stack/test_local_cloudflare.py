"""What is there before the local Cloudflare starts."""

import pytest

from local.process import daemon
from ops.paths import Paths
from ops.stack import local_cloudflare
from ops.stack.target import Target
from tests.config.examples import loaded

BASE_URL = "http://127.0.0.1:20000/client/v4"
TARGET = Target("development", "development", {"cloudflare:baseUrl": BASE_URL})


class BegunError(Exception):
    """The local Cloudflare would start now."""


def test_the_folder_of_bundles_is_there_before_so_that_the_first_ones_are_kept(
    tmp_path, monkeypatch
):
    """Its name would else be new beside the modules, when the first worker is bundled."""

    def start(*_: object) -> None:
        raise BegunError

    config = loaded()

    monkeypatch.setattr(daemon, "start", start)

    for _ in range(2):
        with pytest.raises(BegunError):
            local_cloudflare.start(Paths(tmp_path), TARGET, config)

    assert (tmp_path / ".build").is_dir()
