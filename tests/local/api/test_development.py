"""What `make dev` asks of the local Cloudflare, and what is remembered of its uploads."""

import hashlib

import pytest

from common.user_agents import DEVELOPMENT
from tests.local.api.conftest import CODE, form

pytestmark = pytest.mark.anyio

CONTROL = "http://127.0.0.1:4400/local"
SECRET = {"name": "S", "type": "secret_text", "text": "hidden"}
BY_DEV = {"User-Agent": DEVELOPMENT}
NEW = f"{CODE} // new"
CHECKSUM = hashlib.sha256(NEW.encode()).hexdigest()


async def put_content(world, code=NEW, headers=BY_DEV):
    path = world.script(rest="/content")
    await world.ask("PUT", path, files=form(code), headers=headers)


async def developed(world):
    return (await world.ask("GET", f"{CONTROL}/status"))["developed"]


async def test_workers_enter_development_and_leave_it(world):
    await world.upload()

    entered = await world.ask("PUT", f"{CONTROL}/development", json={"workers": ["api"]})
    left = await world.ask("DELETE", f"{CONTROL}/development")

    assert [each["workers"] for each in entered["development"]] == [["api"]]
    assert left == {"development": []}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"workers": ["nothing"]}, "there is no worker nothing"),
        ({"workers": [], "seconds": 0}, "seconds"),
        ({"workers": "api"}, "workers"),
    ],
)
async def test_what_cannot_be_developed_is_refused(world, asked, says):
    await world.upload()

    status, _, message = await world.refused("PUT", f"{CONTROL}/development", json=asked)

    assert status == 400
    assert says in message


async def test_only_what_development_put_there_is_said(world):
    await world.upload()
    assert await developed(world) == {}

    await put_content(world)
    assert await developed(world) == {"api": CHECKSUM}
    await put_content(world, headers={})
    assert await developed(world) == {}


async def test_a_change_of_settings_leaves_it_developed(world):
    await world.upload()
    await put_content(world)

    await world.ask("PUT", world.script(rest="/secrets"), json=SECRET)
    assert await developed(world) == {"api": CHECKSUM}
    await world.upload(code=NEW)
    assert await developed(world) == {}


async def test_saves_push_no_version_out_of_the_history(world):
    await world.upload()
    (deployed,) = (await world.ask("GET", world.script(rest="/versions")))["items"]
    for save in range(25):
        await put_content(world, f"{CODE} // {save}")

    versions = (await world.ask("GET", world.script(rest="/versions")))["items"]
    shown = await world.ask("GET", world.script(rest="/deployments"))
    assert [version["id"] for version in versions][1:] == [deployed["id"]]
    assert len(shown["deployments"]) == 2


async def test_a_save_that_is_refused_leaves_what_served(world):
    await world.upload()
    await put_content(world)
    served = world.runtime.cloud

    world.runtime.poison = "api"
    answer = await world.client.put(
        world.script(rest="/content"), files=form(f"{CODE} // bad"), headers=BY_DEV
    )

    assert answer.status_code == 400
    assert world.runtime.cloud == served
    assert await developed(world) == {"api": CHECKSUM}
