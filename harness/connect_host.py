"""A host of Connect at a local Cloudflare: Access, tunnel and record as a stack has them, by hand.

What stands for its machine is the sidecar of the system, as `make up` has it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.local_cloudflare import PROJECT, LocalCloudflare
from systems.onepassword_connect.containers import engines
from systems.onepassword_connect.settings import OnePasswordConnect, Proxy
from systems.onepassword_connect.sidecar import PROCESSES, VARIABLE, sidecar

TEAM = "local"
LOG = "log/onepassword-connect.log"


@dataclass(frozen=True)
class ConnectHost:
    """One that is open: where it is, and the service token that opens it."""

    host: str
    client_id: str
    client_secret: str
    token_id: str

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    @property
    def variables(self) -> dict[str, str]:
        """Return what ChittyConnect reads it by."""
        return {
            "ONEPASSWORD_CONNECT_URL": self.url,
            "ONEPASSWORD_ACCESS_CLIENT_ID": self.client_id,
            "ONEPASSWORD_ACCESS_CLIENT_SECRET": self.client_secret,
        }


def sidecar_file(
    folder: Path,
    host: str,
    proxy: Proxy | None = None,
    *,
    engine: Path | None = None,
    images: Mapping[str, str] | None = None,
) -> Path:
    """Write into *folder* what runs for *host*, for `--sidecar`; *proxy* by default as it is.

    Containers run where *engine* is the socket of one, of *images* by their names; else none do,
    also where this machine has an engine.
    """
    environ = {engines.VARIABLE: str(engine)} if engine else {VARIABLE: PROCESSES}
    settings = OnePasswordConnect.model_validate(
        {"host": host, "proxy": proxy or Proxy(), "images": images or {}}
    )
    found = sidecar(settings, environ, folder / "connect-containers")
    if found is None:
        raise ValueError(f"nothing runs for {host}")
    file = folder / "sidecar.json"
    declared = {"name": found.name, "command": found.command, "serves": found.serves}
    file.write_text(json.dumps({**declared, "folder": str(PROJECT)}))
    return file


def open_host(cloud: LocalCloudflare, host: str) -> ConnectHost:
    """Let *host* lead to the sidecar of *cloud*, for who has the service token that is made."""

    def make(path: str, **body: Any) -> Any:
        return cloud.result("POST", cloud.account(path), json=body)

    token = make("/access/service_tokens", name=host)
    include = [{"service_token": {"token_id": token["id"]}}]
    policy = make("/access/policies", name=host, decision="non_identity", include=include)
    guard = make(
        "/access/apps",
        name=host,
        type="self_hosted",
        destinations=[{"type": "public", "uri": host}],
        policies=[{"id": policy["id"], "precedence": 1}],
    )
    tunnel = make("/cfd_tunnel", name=host, config_src="cloudflare")
    check = {"required": True, "teamName": TEAM, "audTag": [guard["aud"]]}
    rule = {"hostname": host, "service": "http://nginx:8080", "originRequest": {"access": check}}
    config = {"ingress": [rule, {"service": "http_status:404"}]}
    path = cloud.account(f"/cfd_tunnel/{tunnel['id']}/configurations")
    cloud.result("PUT", path, json={"config": config})
    content = f"{tunnel['id']}.cfargotunnel.com"
    record = {"name": host, "type": "CNAME", "content": content, "ttl": 1, "proxied": True}
    cloud.result("POST", f"/zones/{cloud.zone_id}/dns_records", json=record)
    return ConnectHost(host, token["client_id"], token["client_secret"], token["id"])
