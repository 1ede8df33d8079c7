"""Secrets of the host of Connect are rotated while credentials are read (OP-3, OP-4, OP-5).

Each request goes its whole way: ChittyConnect, Access, tunnel, the real nginx, the look-alike. The
tests of this file follow both stacks through their life, in their order.
"""

import base64
import json
import re

import pytest

from harness.clone import ROOT, kill_group
from tests.ops.commands.connect_stacks import CREDENTIALS, connect_stacks, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

STACKS = {"production-connect": "host", "production": "development"}
TEXT = (ROOT / "docs" / "onepassword-connect-host.md").read_text()
HANDED, _, _ = TEXT.partition("## Hand it to ChittyConnect\n")[2].partition("\n## ")
COMMAND = re.compile(r"^\.venv/bin/python -m ops (.+)$", re.MULTILINE)
DOCUMENTED = [
    [STACKS.get(word, word) for word in line.split() if word != "--strict"]  # which takes the time
    for line in COMMAND.findall(HANDED)
]
SERVICE_TOKEN = ("host", "onepassword_connect.service-token")
TUNNEL_TOKEN = ("host", "onepassword_connect.tunnel-token")
READ = "read a credential of 1Password Connect, as chittyconnect of development does"
CONNECT_TOKEN = ("development", "chittyconnect.connect-token")


@pytest.fixture(scope="module")
def stacks(real_nginx, tmp_path_factory):  # noqa: ARG001 - it is there
    with connect_stacks(tmp_path_factory.mktemp("rotation")) as made:
        yield made


@pytest.fixture(scope="module")
def up(stacks):
    """Bring both stacks up by the commands of docs/onepassword-connect-host.md, in their order."""
    token = "chittyconnect.ONEPASSWORD_CONNECT_TOKEN"
    piped = {token: stacks.server.token("chittyconnect")}
    stacks.must("secret", "set", "host", "onepassword_connect.CREDENTIALS", piped=CREDENTIALS)
    for command in DOCUMENTED:
        stacks.must(*command, piped=piped.get(command[-1]))
    return stacks


def check_load(came):
    assert set(came) == {"200"}
    assert came["200"] > 20


def kept_out(stacks, *said):
    """Check that no secret was shown."""
    everything = "".join(said)
    for secret in (stacks.server.token("chittyconnect"), CREDENTIALS):
        assert secret not in everything


def test_the_document_says_what_is_run():
    assert [command[:2] for command in DOCUMENTED] == [
        ["up", "host"],
        ["service-token", "copy"],
        ["secret", "set"],
        ["up", "development"],
        ["verify", "development"],
    ]


def test_verify_reads_the_first_secret_through_the_whole_path(up):
    """OP-5: tunnel, containers, service token, health, first read: each link is named."""
    said = up.must("verify", "host")
    read = up.must("verify", "development")

    assert "/v1/health" in said
    for link in ("Access, tunnel, proxy", "Connect token", "vaults", "first read"):
        assert f"chittyconnect  {link}" in read
    assert "an item of services" in read
    assert "broken:" not in read
    kept_out(up, said, read)


def test_a_link_that_is_broken_is_named(up):
    """OP-3: also where the proxy goes on with lists that it has kept for a few seconds."""
    down = []

    def is_named():
        down.append(up.clone.ops("verify", "development").out)
        return "broken: chittyconnect: Connect does" in down[-1]

    up.server.control("PUT", "/behaviour", wants="status=503")
    try:
        wait_for(is_named)
    finally:
        up.server.control("PUT", "/behaviour", wants="")

    assert all("broken: chittyconnect: " in each for each in down)
    assert "does not answer the proxy" in down[-1]


def test_a_service_token_is_rotated_whatever_kills_it_on_the_way(up):
    """OP-5, FW-9: killed after each step, it goes on where it was; nobody is kept out."""
    file = up.clone.configuration("host")
    moments = {
        "the configuration": lambda _: "secret_version" in file.read_text(),
        "the new secret": lambda _: deployed_secret(up) == 2,
        "the hand-over": lambda said: "handed to chittyconnect" in said,
    }
    with up.load() as came:
        for reached in moments.values():
            killed_at(up, SERVICE_TOKEN, reached)
        done = up.must("rotate", *SERVICE_TOKEN)

    check_load(came)
    assert up.token()["client_secret_version"] == 2
    assert "secret 2, which was begun before" in done
    assert "The secret before it ends" in done
    end_former_secret(up)
    assert up.provision().status_code == 200
    kept_out(up, done)


def deployed_secret(stacks):
    """Return the number of the secret that the state has: the line of it comes before that."""
    resources = stacks.clone.resources("host")
    (token,) = [it for it in resources if it["type"].endswith(":ZeroTrustAccessServiceToken")]
    return token["outputs"].get("clientSecretVersion")


def killed_at(stacks, what, reached):
    """Begin to rotate *what*, and kill all of it as soon as a step is *reached*."""
    process = stacks.clone.begin("rotate", *what)
    said = ""

    def is_reached():
        nonlocal said
        if not reached(said):
            line = process.stdout.readline()
            assert line, f"it ended before: {said}"
            said += line
        return reached(said)

    wait_for(is_reached, 120)
    kill_group(process)


def end_former_secret(stacks):
    """Have the secret before the present one end now."""
    token = stacks.token()
    path = f"/access/service_tokens/{token['id']}"
    stacks.clone.api(
        path,
        "PUT",
        {"name": token["name"], "previous_client_secret_expires_at": "2026-01-01T00:00:00Z"},
    )


def test_within_the_overlap_it_is_finished_and_not_begun_again(up):
    again = up.must("rotate", *SERVICE_TOKEN)

    assert "another one can be made after" in again
    assert up.token()["client_secret_version"] == 2


def test_the_token_of_the_tunnel_is_rotated_and_gone_on_with(up):
    """OP-4."""
    before = tunnel_secret(up)
    with up.load() as came:
        killed_at(up, TUNNEL_TOKEN, lambda said: "updated ZeroTrustTunnelCloudflared" in said)
        noted = list((up.clone.root / ".local" / "rotations").iterdir())
        done = up.must("rotate", *TUNNEL_TOKEN)

    check_load(came)
    assert [each.name for each in noted] == ["host.onepassword_connect.tunnel-token"]
    assert not noted[0].exists()
    assert "set onepassword_connect:TUNNEL_SECRET" not in done
    assert READ in done
    assert tunnel_secret(up) != before


def tunnel_secret(stacks):
    (tunnel,) = stacks.clone.api("/cfd_tunnel")
    token = stacks.clone.api(f"/cfd_tunnel/{tunnel['id']}/token")
    return json.loads(base64.b64decode(token))["s"]


def test_a_connect_token_is_tried_before_it_is_set(up):
    """OP-3: what the server does not know changes nothing."""
    wrong = up.clone.ops("rotate", *CONNECT_TOKEN, piped="n0-such-t0ken-of-the-server")

    assert wrong.code == 1
    assert "Connect token is not taken" in wrong.err
    assert "tried and not set" in wrong.err
    assert "n0-such-t0ken" not in wrong.said
    assert up.provision().status_code == 200


def test_a_connect_token_is_rotated_and_the_one_before_revoked(up):
    """OP-3: both are good meanwhile, and only the new one afterwards."""
    made = up.server.control("POST", "/tokens", name="second", vaults=["services", "integrations"])
    with up.load() as came:
        done = up.must("rotate", *CONNECT_TOKEN, piped=made["token"])
        up.server.control("DELETE", "/tokens/chittyconnect")

    check_load(came)
    assert "Revoke the token before it" in done
    assert up.provision().status_code == 200
    assert made["token"] not in done


def test_credentials_are_looked_at_before_anything_is_changed(up):
    wrong = up.clone.ops("rotate", "host", "onepassword_connect.credentials", piped='{"a": 1}')
    other = CREDENTIALS.replace("2", "3")
    done = up.must("rotate", "host", "onepassword_connect.credentials", piped=other)

    assert wrong.code == 1
    assert "is not the content of a 1password-credentials.json" in wrong.err
    assert "nothing was written" in wrong.err
    assert "delete the server before it" in done
    assert READ in done
    assert "chittyconnect  first read" in done


def test_a_secret_is_shown_on_a_terminal_alone(up):
    shown = up.must("service-token", "show", *SERVICE_TOKEN)
    refused = up.clone.ops("service-token", "show", *SERVICE_TOKEN, "--secret")

    assert shown.startswith("CF-Access-Client-Id: ")
    assert "Secret" not in shown
    assert refused.code == 1
    assert "shown on a terminal alone" in refused.err


def test_credentials_that_nobody_can_read_with_are_not_called_rotated(up):
    """OP-3: health answers for a server that knows no token of those who read; reading tells."""
    up.server.control("DELETE", "/tokens/second")
    other = CREDENTIALS.replace("2", "4")
    done = up.clone.ops("rotate", "host", "onepassword_connect.credentials", piped=other)

    assert done.code == 1
    assert "chittyconnect: Connect token is not taken" in done.err
    assert "rotated, but what reads by it does not work:" in done.err
    assert "rotated." not in done.said
