"""A tunnel under the engine, against the local API (OP-4)."""

import pulumi
import pytest

from components.tunnel import IngressArgs, Tunnel, TunnelArgs
from harness.clone import ACCOUNT
from tests.engine.engine import EngineFailure

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST = "1password-connect.chitty.cc"


def program(*services: str, zone: str) -> None:
    for number, service in enumerate(services):
        args = TunnelArgs(
            tunnel="1password-connect-chittyos",
            ingresses=(IngressArgs(hostname=HOST, service=service, connect_timeout_seconds=5),),
        )
        made = Tunnel(f"t{number}", args, account_id=ACCOUNT, zone_ids={HOST: zone})
        pulumi.export("token", made.token)


def test_it_goes_up_changes_and_goes(engine, cloud):
    """OP-C4: a record leads to the tunnel, and goes with it."""
    zone = cloud.zone_id
    tunnels = f"/accounts/{ACCOUNT}/cfd_tunnel"
    stack = engine.stack(lambda: program("http://nginx:8080", zone=zone))

    stack.up()
    (tunnel,) = cloud.result("GET", tunnels)
    (record,) = cloud.result("GET", f"/zones/{zone}/dns_records")
    token = cloud.result("GET", f"{tunnels}/{tunnel['id']}/token")

    assert record["content"] == f"{tunnel['id']}.cfargotunnel.com"
    assert stack.preview().changes == {}
    stack.refresh()
    assert stack.preview().changes == {}
    assert token not in str(stack.export())
    stack.becomes(lambda: program("http://nginx:8081", zone=zone)).up()
    kept = cloud.result("GET", f"{tunnels}/{tunnel['id']}/configurations")
    assert kept["version"] == 2
    assert kept["config"]["ingress"][0] == {
        "hostname": HOST,
        "originRequest": {"connectTimeout": 5},
        "service": "http://nginx:8081",
    }
    stack.destroy()
    assert cloud.result("GET", tunnels) == []
    assert cloud.result("GET", f"/zones/{zone}/dns_records") == []


def test_two_configurations_of_one_tunnel_change_nothing(engine, cloud):
    """Incident 17."""
    stack = engine.stack(lambda: program("http://a:1", "http://b:1", zone=cloud.zone_id))

    with pytest.raises(EngineFailure, match="is configured twice"):
        stack.preview()
    assert cloud.result("GET", f"/accounts/{ACCOUNT}/cfd_tunnel") == []
