"""Releases are noted, listed, and returned to, on a whole stack (FW-4).

The tests of this file follow one stack through its life, in their order.
"""

import json
import re
import subprocess

import httpx
import pytest

from harness.clone import make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

HOST = "id-development.chitty.cc"
ENTRY = "systems/chittyid/workers/id/index.ts"
ADDED = "systems/chittyid/migrations/chittyid/003_later.sql"
DATABASE = "chittyid-development"
"""Name of the database, and of the worker."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with one system, in a repository of its own."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    made.keep("chittyid")
    git(made, "init", "--quiet")
    commit(made, "first")
    assert made.ops("start").code == 0
    yield made
    made.end()


def git(clone, *arguments):
    names = ("-c", "user.name=a test", "-c", "user.email=test@localhost")
    command = ["git", *names, "-c", "commit.gpgsign=false", *arguments]
    done = subprocess.run(command, cwd=clone.root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(clone, text):
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", text)
    return git(clone, "rev-parse", "HEAD")


def releases(clone):
    done = clone.ops("releases", "development", "--json")
    assert done.code == 0, done.said
    return json.loads(done.out)["releases"]


def named(clone):
    """Return what the code calls itself, and which version answers."""
    url = f"http://127.0.0.1:{clone.port + 1}/health"
    headers = httpx.get(url, headers={"Host": HOST}, timeout=30).headers
    return headers.get("x-code", "first"), headers["X-Worker-Version"]


def change_code(clone):
    path = clone.root / ENTRY
    kept = "return app.fetch(request, env, ctx);"
    marked = """return Promise.resolve(app.fetch(request, env, ctx)).then((answer) => {
      const marked = new Response(answer.body, answer);
      marked.headers.set("x-code", "second");
      return marked;
    });"""
    assert kept in path.read_text()
    path.write_text(path.read_text().replace(kept, marked))


def test_a_deployment_is_noted_with_what_it_left(clone):
    done = clone.ops("up", "development")
    assert done.code == 0, done.said

    (first,) = releases(clone)
    assert first["result"] == "done"
    assert first["commit"] == git(clone, "rev-parse", "HEAD")
    assert first["changed"] is False
    assert (first["before"]["versions"], first["before"]["unknown"]) == ({}, [])
    assert first["after"]["versions"] == {"chittyid-development": {named(clone)[1]: 100.0}}
    assert first["after"]["unknown"] == []
    assert "secure" not in json.dumps(first)
    listed = clone.ops("releases", "development").out
    assert re.search(rf"^1 .* done .*{first['commit'][:9]} .*{first['plan']}", listed, re.MULTILINE)
    assert f"release {first['number']} of development: done" in done.out


def test_an_up_that_changes_nothing_is_no_release(clone):
    assert clone.ops("up", "development").out.splitlines()[-1] == "no changes"

    assert len(releases(clone)) == 1


def test_a_first_release_has_none_to_go_back_to(clone):
    """sentry-mcp#489: a rollback that had nothing to return to ended as if it had."""
    done = clone.ops("rollback", "development", "--yes")

    assert done.code == 1
    assert "development has no earlier release to go back to; noted are: 1" in done.err
    assert "Traceback" not in done.said
    assert len(releases(clone)) == 1


def test_code_and_configuration_return_and_sql_is_said_to_stay(clone):
    _, version = named(clone)
    change_code(clone)
    (clone.root / ADDED).write_text("CREATE TABLE later (x TEXT);\n")
    file = clone.configuration()
    file.write_text(file.read_text().replace("    cpu_ms: 1000\n", "    cpu_ms: 900\n", 1))
    commit(clone, "second")
    up = clone.ops("up", "development")
    assert up.code == 0, up.said
    assert named(clone)[0] == "second"

    back = clone.ops("rollback", "development", "--yes")

    assert back.code == 0, back.said
    said = " ".join(back.out.split())
    first, second, third = releases(clone)
    worker = f"worker {DATABASE}: its code of commit {first['commit'][:9]}"
    assert f"returns: {worker}, then {version} (100 %)" in said
    assert "returns: configuration: chittyid:worker" in said
    assert f"cannot return: database {DATABASE}: 003_later.sql stays applied" in said
    assert f"wrangler d1 time-travel restore {DATABASE} --bookmark" in said
    code, new = named(clone)
    assert (code, new != version) == ("first", True)
    assert (third["back_to"], third["commit"], third["result"]) == (1, first["commit"], "done")
    assert second["commit"] == git(clone, "rev-parse", "HEAD") != first["commit"]
    assert third["after"]["migrations"][DATABASE][-1] == "003_later.sql"
    assert clone.ops("verify", "development").code == 0
    assert "cpu_ms: 900" in file.read_text()
    assert git(clone, "worktree", "list").count("\n") == 0


def test_what_was_left_is_not_returned_to_by_itself(clone):
    """A second rollback would else bring back the very release that was bad."""
    done = clone.ops("rollback", "development", "--yes")

    assert done.code == 1
    assert "no earlier release to go back to; noted are: 1, 2, 3" in done.err


def test_the_end_of_a_stack_is_noted_and_what_was_before_it_comes_back(clone):
    """It was no release, so the list said that all of the last one still stands."""
    done = clone.ops("destroy", "development", "--yes")
    assert done.code == 0, done.said

    last = releases(clone)[-1]
    assert (last["why"], last["ends"], last["result"]) == ("destroy", True, "done")
    assert last["before"]["versions"]
    assert last["after"]["versions"] == {}
    listed = clone.ops("releases", "development").out.splitlines()[1]
    assert listed.rstrip().endswith("destroy")

    refused = clone.ops("rollback", "development", "--to", str(last["number"]), "--yes")
    assert refused.code == 1
    assert f"release {last['number']} of development was its end (destroy)" in refused.err

    back = clone.ops("rollback", "development", "--yes")
    assert back.code == 0, back.said
    assert f"release {last['number']} was the end of the stack" in " ".join(back.out.split())
    assert named(clone)[0] == "first"
