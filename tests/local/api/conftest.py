"""The API in process, on a runtime that runs nothing."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.json_types import Json
from local.api.app import Api
from local.api.state.state import Account, State, Zone
from local.records.records import Records
from tests.local.api.command import Command
from tests.local.api.fake_runtime import FakeRuntime
from tests.local.api.page_tab import make_stores, open_tab

ACCOUNT_ID = "0" * 32
ZONE_ID = "1" * 32
TOKEN = "t" * 40
MODULE = "application/javascript+module"
CODE = "export default { fetch() { return new Response('hi') } }"


@dataclass
class World:
    """An API to ask, the runtime behind it, and short ways to what tests ask for."""

    client: httpx.AsyncClient
    runtime: FakeRuntime
    state: State

    async def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Ask for what has to succeed; its result comes back."""
        answer = await self.client.request(method, path, **sent)
        assert answer.is_success, answer.text
        return answer.json()["result"]

    async def refused(self, method: str, path: str, **sent: Any) -> tuple[int, int, str]:
        """Status, code and message of a request that has to fail."""
        answer = await self.client.request(method, path, **sent)
        body = answer.json()
        assert not body["success"], answer.text
        assert body["result"] is None
        (problem,) = body["errors"]
        return answer.status_code, problem["code"], problem["message"]

    def account(self, path: str) -> str:
        return f"/accounts/{ACCOUNT_ID}{path}"

    def script(self, name: str = "api", rest: str = "") -> str:
        return self.account(f"/workers/scripts/{name}{rest}")

    async def upload(self, name: str = "api", code: str = CODE, **metadata: Any) -> Any:
        return await self.ask("PUT", self.script(name), files=form(code, **metadata))


def form(code: str = CODE, **metadata: Any) -> Json:
    """Make the parts of an upload with one module."""
    whole = {"main_module": "worker.mjs", "compatibility_date": "2026-11-01", **metadata}
    return {
        "metadata": (None, json.dumps(whole), "application/json"),
        "worker.mjs": ("worker.mjs", code, MODULE),
    }


def make_state(directory: Path, runtime: FakeRuntime) -> State:
    account = Account(
        id=ACCOUNT_ID,
        name="local",
        zones=(Zone("chitty.cc", ZONE_ID), Zone("id.chitty.cc", "4" * 32)),
        created=datetime(2026, 11, 21, tzinfo=UTC),
    )
    scripts = directory / "scripts"
    scripts.mkdir(exist_ok=True)
    return State(account, Records(directory / "records.db"), runtime, scripts)


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def state(tmp_path: Path, runtime: FakeRuntime) -> Iterator[State]:
    made = make_state(tmp_path, runtime)
    yield made
    made.records.close()


@pytest.fixture
async def world(state: State, runtime: FakeRuntime) -> AsyncIterator[World]:
    async with opened(state, runtime) as made:
        yield made


@asynccontextmanager
async def opened(state: State, runtime: FakeRuntime) -> AsyncIterator[World]:
    """Give an API to ask, which ends with what it does in the background."""
    api = Api(state, TOKEN, {"api": 4400, "edge": 4401, "s3": 4402})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api),
        base_url="http://127.0.0.1:4400/client/v4",
        headers={"authorization": f"Bearer {TOKEN}"},
    ) as client:
        yield World(client, runtime, state)
    await state.background.close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    made = Command(tmp_path / "cf")
    yield made
    made("stop")


@pytest.fixture
async def tab(world):
    return await open_tab(world)


@pytest.fixture
async def stores(world):
    return await make_stores(world)
