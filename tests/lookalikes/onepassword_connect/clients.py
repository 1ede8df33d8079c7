"""Ways to ask a Connect server: the client for Node, and as neither client does."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
from onepasswordconnectsdk.client import Client
from onepasswordconnectsdk.models import Item

from harness.look_alikes import OnePasswordConnect

NODE = Path(__file__).with_name("node_client.mjs")


def node(connect: OnePasswordConnect, *calls: list[Any], name: str = "writer") -> list[Any]:
    """Make *calls* with the client for Node; what came of each."""
    asked = {"url": connect.url, "token": connect.token(name), "calls": calls}
    ran = subprocess.run(
        ["node", NODE], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    outcomes: list[Any] = json.loads(ran.stdout)
    return outcomes


def ask(
    connect: OnePasswordConnect, path: str, name: str = "writer", method: str = "GET", **sent: Any
) -> httpx.Response:
    """Ask as neither client does."""
    headers = {"authorization": f"Bearer {connect.token(name)}", **sent.pop("headers", {})}
    return httpx.request(method, connect.url + path, headers=headers, **sent)


def vault_of(client: Client) -> str:
    return str(client.get_vault_by_title("services").id)


def fields_of(item: Item) -> dict[str, str]:
    return {field.label: field.value for field in item.fields}
