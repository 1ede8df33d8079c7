"""A worker by versions, and objects that are declared, by the commands and on a whole stack."""

import json
import re
from collections import Counter

import httpx
import pytest

from harness.clone import make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

HOST = "id-development.chitty.cc"
WHICH = ("rollout", "development", "chittyid.worker")
ENTRY = "systems/chittyid/workers/id/index.ts"
HUNDRED = re.compile(r"^chittyid\.worker: (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone whose ChittyID comes by versions and whose ChittyConnect declares, up."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    made.keep("chittyconnect", "chittyid")
    file = made.configuration()
    text = file.read_text()
    text = text.replace("    cpu_ms: 1000\n", "    cpu_ms: 1000\n    versions: {}\n", 1)
    declared = "    cpu_ms: 10000\n    durable_objects: exports\n"
    file.write_text(text.replace("    cpu_ms: 10000\n", declared, 1))
    for command in (("start",), ("up", "development")):
        done = made.ops(*command)
        assert done.code == 0, done.said
    yield made
    made.end()


def shares(clone):
    """Return what each version answers of a hundred, as the command says it."""
    done = clone.ops(*WHICH)
    assert done.code == 0, done.said
    told = HUNDRED.search(done.out)
    assert told, done.said
    pairs = [part.split(": ") for part in told[1].split(", ")]
    return {version: int(share.split()[0]) for version, share in pairs}


def named(clone, count=40):
    """Count what the worker calls itself."""
    url = f"http://127.0.0.1:{clone.port + 1}/version"
    answers = (httpx.get(url, headers={"Host": HOST}, timeout=30) for _ in range(count))
    return Counter(answer.headers.get("x-code", "first") for answer in answers)


KEPT = "return app.fetch(request, env, ctx);"
SECOND = """return Promise.resolve(app.fetch(request, env, ctx)).then((answer) => {
      const marked = new Response(answer.body, answer);
      marked.headers.set("x-code", "second");
      return marked;
    });"""
ILL = 'if (request.url.endsWith("/health")) return new Response("ill", { status: 500 });'


def change_code(clone, kept=KEPT, changed=SECOND):
    path = clone.root / ENTRY
    text = path.read_text()
    assert kept in text
    path.write_text(text.replace(kept, changed))


def test_it_stands_verified_and_still(clone):
    assert clone.ops("verify", "development").code == 0
    assert "no changes" in clone.ops("preview", "development").out
    assert list(shares(clone).values()) == [100]


def test_it_goes_out_step_by_step_and_back(clone):
    (first,) = shares(clone)
    change_code(clone)

    step = clone.ops(*WHICH, "--to", "0.50", "--yes")
    assert step.code == 0, step.said
    split = shares(clone)
    assert sorted(split.values()) == [50, 50]
    assert first in split
    assert set(named(clone)) == {"first", "second"}

    assert clone.ops(*WHICH, "--to", "1.00", "--yes").code == 0
    assert set(named(clone)) == {"second"}
    assert first not in shares(clone)

    back = clone.ops(*WHICH, "--to", "0.00", "--yes")
    assert back.code == 0, back.said
    assert shares(clone) == {first: 100}
    assert set(named(clone)) == {"first"}
    assert "no changes" in clone.ops("preview", "development").out


def test_a_version_that_does_not_live_goes_back_to_the_shares_before(clone):
    """FW-4: by itself, and neither to nobody nor to everybody, which the file said before."""
    before, file = shares(clone), clone.configuration().read_text()
    change_code(clone, SECOND, f"{ILL}\n    {KEPT}")

    step = clone.ops(*WHICH, "--to", "0.25", "--hold", "2", "--yes")

    assert step.code == 1, step.said
    assert "chittyid.worker was taken back to" in step.err
    assert "500 ill" in step.err
    assert shares(clone) == before
    assert set(named(clone)) == {"first"}
    assert "percentage: 0" in clone.configuration().read_text()
    assert clone.configuration().read_text() == file  # which said so before, after the way back
    releases = json.loads(clone.ops("releases", "development", "--json").out)["releases"]
    *_, tried, back = releases
    assert tried["why"] == "rollout chittyid.worker to 0.25"
    assert back["why"].startswith("chittyid.worker taken back: ")
    assert back["back_to"] == tried["number"] - 1
    assert sorted(tried["after"]["versions"]["chittyid-development"].values()) == [25.0, 75.0]
    assert back["after"]["versions"] == releases[-3]["after"]["versions"]
