"""What an `up` tells the live page of the local Cloudflare."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops.errors import OpsError
from ops.stack import local_control
from ops.stack_map import deployed_resources, live_page_notice


def refuses(*_, **__):
    raise OpsError("no")


@pytest.mark.parametrize(
    ("module", "asked"), [(deployed_resources, "of_stack"), (local_control, "ask")]
)
def test_an_up_does_not_fail_for_what_the_page_cannot_be_told(monkeypatch, module, asked):
    monkeypatch.setattr(deployed_resources, "of_stack", lambda *_: [])
    monkeypatch.setattr(live_page_notice, "program", lambda *_: {})
    monkeypatch.setattr(local_control, "ask", lambda *_, **__: {})
    session: Any = SimpleNamespace(configuration=object(), paths=None, target=None)
    assert live_page_notice.tell(session)

    monkeypatch.setattr(module, asked, refuses)

    assert not live_page_notice.tell(session)
