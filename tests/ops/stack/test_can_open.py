"""Whether secrets of a stack can be decrypted is known before anything is asked for them."""

from types import SimpleNamespace
from typing import cast

import pytest

from ops.paths import Paths
from ops.stack.decrypted_secrets import PASSPHRASES, can_open
from ops.stack.session import Session
from ops.stack.target import Target

KMS = "secretsprovider: awskms://alias/x\n"
GIVEN = {
    "nothing": ({}, "", False),
    "an empty passphrase, as of a secret that CI does not have": ({PASSPHRASES[0]: ""}, "", False),
    "a passphrase": ({PASSPHRASES[0]: "x"}, "", True),
    "a file with it": ({PASSPHRASES[1]: "x"}, "", True),
    "another provider": ({}, KMS, True),
    "Pulumi Cloud": ({"PULUMI_BACKEND_URL": "https://api.pulumi.com"}, "", True),
    "a service that answers as that does": (
        {"PULUMI_BACKEND_URL": "http://127.0.0.1:9"},
        "",
        True,
    ),
    "Pulumi Cloud, with a passphrase of its own": (
        {"PULUMI_BACKEND_URL": "https://api.pulumi.com"},
        "encryptionsalt: v1:x\n",
        False,
    ),
    "a passphrase that is named": ({}, "secretsprovider: passphrase\n", False),
    "a bucket": ({"PULUMI_BACKEND_URL": "s3://states"}, "", False),
}


@pytest.fixture
def opens(tmp_path, monkeypatch):
    """Give a function that says whether a stack with *text* in its file can be opened."""
    for name in (*PASSPHRASES, "PULUMI_BACKEND_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: chittyos\nruntime: python\n")

    def opened(given, text="", environment="staging"):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        (tmp_path / f"Pulumi.{environment}.yaml").write_text(f"{text}config: {{}}\n")
        target = Target(environment, environment, {})
        return can_open(cast("Session", SimpleNamespace(paths=Paths(tmp_path), target=target)))

    return opened


@pytest.mark.parametrize(("given", "text", "found"), GIVEN.values(), ids=GIVEN)
def test_what_decrypts_a_stack_is_looked_for_where_it_is(opens, given, text, found):
    assert opens(given, text) is found


def test_secrets_of_a_local_stack_can_always_be_opened(opens):
    assert opens({}, environment="development")
