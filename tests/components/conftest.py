"""What the tests of components share."""

import pytest

from components import bundle

WORKER = """
import { DurableObject } from "cloudflare:workers";
export class SessionStateDO extends DurableObject {}
export default { fetch() { return new Response("ok"); }, queue() {} };
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a project of its own with one worker, `worker.ts`, and the real esbuild."""
    (tmp_path / "node_modules").symlink_to(bundle.ROOT / "node_modules")
    (tmp_path / "worker.ts").write_text(WORKER)
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    return tmp_path
