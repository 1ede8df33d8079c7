"""The whole local Cloudflare: what the API is told, the runtime serves."""

import pytest

from harness.local_cloudflare import local_cloudflare
from tests.support_runtime import eventually

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

COUNTER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add() {
    const n = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }
}
export default {
  async fetch(request, env) {
    const id = env.COUNTER.idFromName("one");
    return Response.json({ n: await env.COUNTER.get(id).add(), version: "VERSION" });
  },
};
"""
BINDINGS = [{"name": "COUNTER", "type": "durable_object_namespace", "class_name": "Counter"}]
FIRST = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
HOST = "count.chitty.cc"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("cloud") / "cf") as running:
        yield running


def put_domain(cloud, host, service):
    body = {"hostname": host, "service": service}
    return cloud.result("PUT", cloud.account("/workers/domains"), json=body)


def test_a_worker_is_uploaded_bound_addressed_renamed_and_deleted(cloud):
    cloud.upload("count", {"w.mjs": COUNTER}, bindings=BINDINGS, migrations=FIRST)
    put_domain(cloud, HOST, "count")
    assert cloud.at(HOST).json()["n"] == 1
    assert cloud.at(f"{HOST}.localhost:{cloud.edge_port}").json()["n"] == 2

    renamed = COUNTER.replace("class Counter", "class Tally")
    cloud.upload(
        "count",
        {"w.mjs": renamed},
        bindings=[{**BINDINGS[0], "class_name": "Tally"}],
        migrations={
            "old_tag": "v1",
            "new_tag": "v2",
            "renamed_classes": [{"from": "Counter", "to": "Tally"}],
        },
    )
    assert cloud.at(HOST).json()["n"] == 3

    cloud.result("DELETE", cloud.account("/workers/scripts/count"))
    cloud.upload("count", {"w.mjs": COUNTER}, bindings=BINDINGS, migrations=FIRST)
    put_domain(cloud, HOST, "count")
    assert cloud.at(HOST).json()["n"] == 1
    cloud.result("DELETE", cloud.account("/workers/scripts/count"))


def test_a_bad_upload_is_refused_with_the_message_of_the_compiler_and_the_old_one_serves(cloud):
    cloud.upload("steady", {"w.mjs": "export default { fetch: () => new Response('old') }"})
    put_domain(cloud, "steady.chitty.cc", "steady")

    with pytest.raises(AssertionError, match=r'"code":10021,.*SyntaxError'):
        cloud.upload("steady", {"w.mjs": "export default { fetch: () => { nope nope } }"})

    assert cloud.at("steady.chitty.cc").text == "old"


WRITER = """
export default {
  async fetch(request, env) {
    env.REQUESTS.writeDataPoint({ blobs: [new URL(request.url).pathname], doubles: [7] });
    return new Response("ok");
  },
};
"""


TWO = "/a\t14.0\n/b\t7.0\n"


def ask(cloud, sql):
    return cloud.client.post(cloud.account("/analytics_engine/sql"), content=sql.encode()).text


def test_points_of_a_worker_are_asked_for_by_sql_also_after_a_restart(tmp_path):
    """PA-13: what Workers write to Analytics Engine is there to be evaluated."""
    count = "SELECT blob1, sum(_sample_interval * double1) FROM requests GROUP BY blob1"
    bound = [{"name": "REQUESTS", "type": "analytics_engine", "dataset": "requests"}]
    with local_cloudflare(tmp_path / "cf") as cloud:
        assert ask(cloud, "SHOW TABLES FORMAT TabSeparated") == ""
        cloud.upload("writer", {"w.mjs": WRITER}, bindings=bound)
        put_domain(cloud, "writer.chitty.cc", "writer")
        for path in ("/a", "/b", "/a"):
            assert cloud.at("writer.chitty.cc", path).text == "ok"
        eventually(lambda: ask(cloud, f"{count} ORDER BY blob1 FORMAT TabSeparated"), TWO)
        shown = cloud.result("GET", cloud.account("/workers/scripts/writer/settings"))
        assert shown["bindings"] == bound

    with local_cloudflare(tmp_path / "cf") as cloud:
        assert ask(cloud, "SHOW TABLES FORMAT TabSeparated") == "requests\tdataset\n"
        assert ask(cloud, f"{count} ORDER BY blob1 FORMAT TabSeparated") == TWO


def test_an_alert_is_told_by_a_command_and_its_mail_is_shown(command):
    assert command.start().returncode == 0
    told = {"email": [{"id": "platform@chitty.cc"}]}
    policy = {"name": "down", "alert_type": "tunnel_health_event", "mechanisms": told}
    account = f"/client/v4/accounts/{'0' * 32}"
    assert command.post(f"{account}/alerting/v3/policies", policy).status_code == 200

    told = command("alert", "tunnel_health_event", "tunnel_name=connect", "new_status=DOWN")
    nobody = command("alert", "incident_alert")
    wrong = command("alert", "tunnel_health_event", "down")

    assert told.stdout == "down: email platform@chitty.cc: was told\n"
    assert nobody.stdout == "nobody is told of that: no notification policy fits\n"
    assert wrong.returncode != 0
    assert "'down' is no name=value" in wrong.stderr
    assert "to platform@chitty.cc: down: tunnel_health_event" in command("mails").stdout
    assert "runtime mail to platform@chitty.cc" in command("logs").stdout
