"""A production stack on a local Cloudflare: it protects, asks and judges as one in the cloud."""

import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.clone import ACCOUNT, Clone, Done
from ops.paths import Paths
from ops.stack.ephemeral import example
from ops.stack.target import read_target

STACK = "production"
KINDS = {
    "kv": "cloudflare:index/workersKvNamespace:WorkersKvNamespace",
    "key": "cloudflare:index/workersKv:WorkersKv",
    "bucket": "cloudflare:index/r2Bucket:R2Bucket",
    "queue": "cloudflare:index/queue:Queue",
    "lifecycle": "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle",
    "public": "cloudflare:index/r2ManagedDomain:R2ManagedDomain",
}
Resource = dict[str, Any]


def resource(kind: str, name: str, /, *, protect: bool = True, **inputs: Any) -> Resource:
    """Describe a resource for the program."""
    given = {"accountId": ACCOUNT, **inputs}
    return {"type": KINDS[kind], "name": name, "protect": protect, "inputs": given}


SESSIONS = resource("kv", "sessions", title="sessions-production")
DOCUMENTS = resource("bucket", "documents", name="documents-production")
EXPIRY = resource(
    "lifecycle",
    "documents-expiry",
    protect=False,
    bucketName="documents-production",
    rules=[
        {
            "id": "temporary",
            "enabled": True,
            "conditions": {"prefix": "temp/"},
            "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
        }
    ],
)
BASE = (SESSIONS, DOCUMENTS)


@dataclass
class Production:
    """The stack `production` of a *clone* that runs the program of these tests."""

    clone: Clone

    def wants(
        self,
        resources: Sequence[Resource] = BASE,
        *,
        outputs: Mapping[str, str] | None = None,
        fails: str | None = None,
    ) -> None:
        """Let the program register *resources*, export *outputs*, and then fail with *fails*."""
        wanted = {"resources": list(resources), "outputs": dict(outputs or {}), "fails": fails}
        (self.clone.root / "program.json").write_text(json.dumps(wanted))

    def ops(self, command: str, *options: str, **given: str) -> Done:
        """Run a command of `ops` on the stack."""
        return self.clone.ops(command, STACK, *options, given=given)

    def everything(self) -> tuple[list[Any], str]:
        """Read all that the account has, and the state of the stack as it is stored."""
        path = self.clone.root / ".local" / "cloudflare" / "records.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as records:
            rows = records.execute("SELECT kind, key, body FROM records ORDER BY kind, key")
            return rows.fetchall(), self.clone.state(STACK) + self.clone.state()

    def runs(self) -> int:
        """Count how often the program has run."""
        return int((self.clone.root / "runs").read_text())

    @contextmanager
    def pack(self, prelude: str) -> Any:
        """Begin the policy pack with *prelude*, for a while."""
        main = self.clone.root / "policies" / "__main__.py"
        before = main.read_text()
        main.write_text(prelude + before)
        try:
            yield
        finally:
            main.write_text(before)


def make_production(clone: Clone) -> Production:
    """Turn *clone*, whose local Cloudflare runs, into one with a stack `production` on it."""
    paths = Paths(clone.root)
    api = read_target(paths, "development").api
    config = example(read_target(paths, STACK), api)
    clone.configuration(STACK).write_text(yaml.safe_dump({"config": config}))
    shutil.copy(Path(__file__).parent / "program.py", clone.root / "systems" / "platform.py")
    made = Production(clone)
    made.wants()
    return made
