"""A file of SQL is announced, sent to an address that is its own permission, and run."""

import hashlib

import httpx
import pytest

pytestmark = pytest.mark.anyio

SQL = b"CREATE TABLE t (n TEXT)"
ETAG = hashlib.md5(SQL, usedforsecurity=False).hexdigest()


@pytest.fixture
async def database(world):
    made = await world.ask("POST", world.account("/d1/database"), json={"name": "db"})
    return world.account(f"/d1/database/{made['uuid']}")


async def announce(world, database, etag=ETAG):
    return await world.ask("POST", f"{database}/import", json={"action": "init", "etag": etag})


def stranger(world):
    return httpx.AsyncClient(transport=world.client._transport)


async def test_a_file_is_announced_sent_without_a_token_and_run(world, database):
    told = await announce(world, database)
    async with stranger(world) as client:
        sent = await client.put(told["upload_url"], content=SQL)
    assert sent.headers["etag"] == f'"{ETAG}"'

    ingest = {"action": "ingest", "filename": told["filename"], "etag": ETAG}
    done = await world.ask("POST", f"{database}/import", json=ingest)

    assert (done["success"], done["status"], done["result"]["num_queries"]) == (True, "complete", 1)
    rows = await world.ask("POST", f"{database}/query", json={"sql": "SELECT * FROM t"})
    assert rows[0]["results"] == []
    assert (await world.refused("POST", f"{database}/import", json=ingest))[1] == 7400


async def test_an_address_that_was_not_given_takes_nothing(world):
    async with stranger(world) as client:
        refused = await client.put(
            "http://127.0.0.1:4400/local/d1-imports/" + "0" * 64, content=SQL
        )
        foreign = await client.put(
            "http://evil.example:4400/local/d1-imports/" + "0" * 64, content=SQL
        )

    assert (refused.status_code, foreign.status_code) == (404, 403)


async def test_a_file_that_arrived_damaged_is_not_run(world, database):
    told = await announce(world, database)
    async with stranger(world) as client:
        await client.put(told["upload_url"], content=SQL[:-1])

    ingest = {"action": "ingest", "filename": told["filename"], "etag": ETAG}
    _, code, text = await world.refused("POST", f"{database}/import", json=ingest)

    assert code == 7400
    assert "was not sent" in text


async def test_a_mistake_in_the_file_is_told(world, database):
    bad = b"CREATE NONSENSE"
    told = await announce(world, database, hashlib.md5(bad, usedforsecurity=False).hexdigest())
    async with stranger(world) as client:
        await client.put(told["upload_url"], content=bad)

    etag = hashlib.md5(bad, usedforsecurity=False).hexdigest()
    ingest = {"action": "ingest", "filename": told["filename"], "etag": etag}
    done = await world.ask("POST", f"{database}/import", json=ingest)

    assert done["success"] is False
    assert "syntax error" in done["error"]


async def test_a_file_that_the_database_has_runs_when_it_is_announced_again(world, database):
    made = {"sql": "CREATE TABLE again (n)"}
    await world.ask("POST", f"{database}/query", json=made)
    sql = b"INSERT INTO again VALUES (1)"
    etag = hashlib.md5(sql, usedforsecurity=False).hexdigest()
    told = await announce(world, database, etag)
    async with stranger(world) as client:
        await client.put(told["upload_url"], content=sql)
    ingest = {"action": "ingest", "filename": told["filename"], "etag": etag}
    await world.ask("POST", f"{database}/import", json=ingest)

    again = await announce(world, database, etag)

    assert (again["status"], "upload_url" in again) == ("complete", False)
    counted = {"sql": "SELECT count(*) AS n FROM again"}
    assert (await world.ask("POST", f"{database}/query", json=counted))[0]["results"] == [{"n": 2}]
