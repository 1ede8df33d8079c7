"""A stack from an empty clone to its end, by the commands that the documents show (FW-4, FW-9).

The account is a local Cloudflare under an id of its own, the environment is that of staging, and
the token may do what `ops token-policy` says. What came of a step is asked of the account and of
the edge; an exit code alone shows nothing.
"""

import json
import re
import shlex
from dataclasses import dataclass, field

import httpx
import pytest

from harness.clone import ROOT, Clone, Done, make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(1200)]

ACCOUNT = "cd" * 16
OF = f"/accounts/{ACCOUNT}"
STACK = "trial"
HOST = "connect-trial.chitty.cc"
NAMESPACE = "chittyconnect-token-kv-trial"
OWNER = "CHITTY-PEO-0001234-A1B2"
BEFORE, GROWN, BACK = "visit-3", "visit-12", "visit-17"
"""Sessions whose places in the rollout lie between its first share, 0.10, and its second, 0.25."""

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"--accept ([0-9a-f]{32})")


def lines(page: str, heading: str) -> list[str]:
    """Return the commands that *page* shows below *heading*."""
    text = (ROOT / "docs" / page).read_text().partition(f"\n## {heading}\n")[2]
    return "".join(BLOCK.findall(text.partition("\n## ")[0])).splitlines()


@dataclass
class Life:
    """A clone, and the commands that are still to be run in it, in their order."""

    clone: Clone
    lines: list[str]
    token: dict[str, str] = field(default_factory=dict)
    """The variable that names the token of the stack."""

    def run(self, command: str, *, code: int = 0, **words: str) -> Done:
        """Run the next line, which has to be of *command*; *words* stand for some of its own."""
        given = [words.get(word, word) for word in shlex.split(self.lines.pop(0))]
        assert given[:4] == ["python", "-m", "ops", command]
        done = self.clone.ops(*given[3:], given=self.token)
        assert done.code == code, done.said
        return done

    def agreed(self, command: str) -> Done:
        """Run the next two lines: the first prints the hash by which the second agrees."""
        (digest,) = HASH.findall(self.run(command, code=1).err)
        return self.run(command, HASH=digest)

    def account(self, method: str, path: str, **sent) -> httpx.Response:
        """Ask the API as the account's owner does, who may do everything."""
        value = (self.clone.root / ".local/cloudflare/token").read_text().strip()
        url = f"http://127.0.0.1:{self.clone.port}/client/v4{path}"
        headers = {"Authorization": f"Bearer {value}"}
        return httpx.request(method, url, headers=headers, timeout=60, **sent)

    def result(self, method: str, path: str, **sent):
        answer = self.account(method, path, **sent)
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def make_token(self, policy: str) -> None:
        made = self.result("POST", f"{OF}/tokens", json=json.loads(policy))
        self.token = {"CHITTYOS_LOCAL_TOKEN": made["value"]}

    def kept(self, namespace: str) -> bytes:
        path = f"{OF}/storage/kv/namespaces/{namespace}/values/kept"
        return self.account("GET", path).content

    def ask(self, method: str, path: str, **sent) -> httpx.Response:
        return self.clone.ask(HOST, method, path, **sent)

    def open(self, session: str) -> str:
        """Open a session; return which kind of store holds it."""
        body = {"chittyId": OWNER, "sessionId": session, "metadata": {"n": 1}}
        opened = self.ask("POST", "/api/v1/sessions", json=body)
        assert opened.status_code == 201, opened.text
        return str(opened.json()["store"])

    def share(self) -> float:
        return float(self.ask("GET", "/api/v1/sessions/metrics").json()["rollout"]["share"])


@pytest.fixture
def life(tmp_path):
    """Give a clone as git has it, with one system in staging; only the account's id is another."""
    clone = make_clone(tmp_path / "clone")
    file = clone.configuration()
    file.write_text(file.read_text().replace("0" * 32, ACCOUNT))
    clone.keep("chittyconnect", stack="staging")
    yield Life(clone, lines("how-to.md", "Take a stack through its whole life"))
    clone.end()


def test_a_stack_from_an_empty_clone_to_its_end(life):
    """FW-4, FW-9, FW-11: every line of the documents, run once, in their order."""
    namespace = begin(life)
    deploy(life, namespace)
    document = use(life)
    roll_out_and_back(life)
    assert "every byte as in the backup" in lose_and_restore(life)
    expect_as_before(life, document)
    assert life.lines == []
    life.lines = lines("runbooks.md", "End a stack")
    end(life)
    assert life.lines == []


def begin(life: Life) -> str:
    """Begin the stack; return the id of a namespace that the account has of an earlier life."""
    life.run("init")
    life.run("start")
    life.make_token(life.run("token-policy").out)
    namespaces = f"{OF}/storage/kv/namespaces"
    namespace = life.result("POST", namespaces, json={"title": NAMESPACE})["id"]
    life.result("PUT", f"{namespaces}/{namespace}/values/kept", content=b"of an earlier life")

    examined = life.run("doctor", code=1)
    assert f"{ACCOUNT} (local)" in examined.out
    assert f"python -m ops adopt {STACK}" in examined.out
    assert "cannot be deployed yet: 1 fault" in examined.err
    found = " ".join(life.run("adopt").out.split())
    assert f"WorkersKvNamespace {NAMESPACE} imported {namespace}" in found
    return str(namespace)


def deploy(life: Life, namespace: str) -> None:
    """Bring it up with the namespace taken over, and nothing made before somebody agreed."""
    assert re.search(r"^\d+ to create$", life.run("preview").out, re.MULTILINE)
    (digest,) = HASH.findall(life.run("up", code=1).err)
    assert life.result("GET", f"{OF}/workers/scripts") == []

    assert "1 imported" in life.run("up", HASH=digest).out
    (only,) = life.result("GET", f"{OF}/storage/kv/namespaces")
    assert (only["id"], only["title"]) == (namespace, NAMESPACE)
    assert life.kept(namespace) == b"of an earlier life"
    assert "200 chittyconnect" in life.run("verify").out
    assert life.ask("GET", "/health").json()["status"] == "healthy"


def use(life: Life) -> str:
    """Give each store something to keep; return the id of a document."""
    assert life.open(BEFORE) == "kv"
    kept = life.ask(
        "POST",
        "/api/v1/documents/upload",
        files={"file": ("note.txt", b"kept through it all", "text/plain")},
        data={"chittyId": OWNER, "type": "note"},
    )
    assert kept.status_code == 201, kept.text
    return str(kept.json()["id"])


def roll_out_and_back(life: Life) -> None:
    """Have a larger share of sessions served by objects, and then none of them."""
    life.run("rollout")
    assert life.share() == 0.25
    assert life.open(GROWN) == "durable_object"

    life.run("rollback")
    assert life.share() == 0
    assert life.open(BACK) == "kv"
    assert life.ask("GET", f"/api/v1/sessions/{GROWN}").json()["store"] == "durable_object"


def lose_and_restore(life: Life) -> str:
    """Copy the stack, lose the whole account, and bring it back; return what the restore said."""
    life.run("backup")
    life.run("reset")
    life.token = {}  # it was one of that account
    life.run("start")
    assert life.result("GET", f"{OF}/workers/scripts") == []
    life.agreed("up")
    return life.run("restore").out


def expect_as_before(life: Life, document: str) -> None:
    """Read what was kept, by the worker and by the API; nobody has changed anything since."""
    assert life.ask("GET", f"/api/v1/sessions/{BEFORE}").json()["metadata"] == {"n": 1}
    content = life.ask("GET", f"/api/v1/documents/{document}/content")
    assert content.content == b"kept through it all"
    (namespace,) = life.result("GET", f"{OF}/storage/kv/namespaces")
    assert life.kept(namespace["id"]) == b"of an earlier life"
    assert re.fullmatch(r"\d+ unchanged\n", life.run("drift").out)


def end(life: Life) -> None:
    """End the stack: its host answers no more, and what holds data stays in the account."""
    life.run("backup", staging=STACK)
    refused = life.clone.ops("destroy", STACK, "--yes")
    assert "to end the stack on purpose: docs/runbooks.md#end-a-stack" in refused.err
    assert life.ask("GET", "/health").status_code == 200
    _, _, command = life.lines.pop(0).partition(" && pulumi ")
    unprotected = life.clone.pulumi(*command.split(), stack=STACK)
    assert unprotected.code == 0, unprotected.said

    (digest,) = HASH.findall(life.run("destroy", code=1, staging=STACK).err)
    life.run("destroy", staging=STACK, HASH=digest)
    assert life.clone.resources(STACK) == []
    assert life.ask("GET", "/health").status_code != 200
    (namespace,) = life.result("GET", f"{OF}/storage/kv/namespaces")
    assert life.kept(namespace["id"]) == b"of an earlier life"
