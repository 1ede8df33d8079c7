"""What an `up` tells the live page of the local Cloudflare."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops.errors import OpsError
from ops.stack import control
from ops.stack_map import deployed, live_page


def refuses(*_, **__):
    raise OpsError("no")


@pytest.mark.parametrize(("module", "asked"), [(deployed, "of_stack"), (control, "ask")])
def test_an_up_does_not_fail_for_what_the_page_cannot_be_told(monkeypatch, module, asked):
    monkeypatch.setattr(deployed, "of_stack", lambda *_: [])
    monkeypatch.setattr(live_page, "program", lambda *_: {})
    monkeypatch.setattr(control, "ask", lambda *_, **__: {})
    session: Any = SimpleNamespace(configuration=object(), paths=None, target=None)
    assert live_page.tell(session)

    monkeypatch.setattr(module, asked, refuses)

    assert not live_page.tell(session)
