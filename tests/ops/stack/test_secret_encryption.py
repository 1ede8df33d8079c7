"""Secrets that the engine did not encrypt itself: it opens them, and in doubt it is asked."""

import base64
import hashlib
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ops.paths import Paths
from ops.stack import effective_config, secret_encryption
from ops.stack.target import Target

WORDS = "only for tests"
SALT = "v1:KMJ8y40ahL4=:v1:1hBJjGNXiV0b9m+F:G8i3VtNZ63zFaArWQxta0gPF06W+Xg=="
"""Both of a stack that the engine has made."""

OF_THE_ENGINE = "v1:YTnFVDo73Q20CUSd:hm+ZOtClQFrgMej5E9d4sgLYyK9oGm4="
"""What the engine made of `a value` there."""


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(f"{WORDS}\n")
    return file


@pytest.fixture(scope="module")
def opened():
    """Open what was encrypted, by the key that opens what the engine made."""
    salt = base64.b64decode(SALT.split(":")[1])
    derived = hashlib.pbkdf2_hmac("sha256", WORDS.encode(), salt, secret_encryption.ROUNDS, 32)
    cipher = AESGCM(derived)

    def open_(text):
        version, nonce, sealed = text.split(":")
        assert version == "v1"
        return cipher.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()

    assert open_(OF_THE_ENGINE) == "a value"
    return open_


def test_what_is_encrypted_opens_as_what_the_engine_encrypted(passphrase, opened):
    seal = secret_encryption.sealer(passphrase, SALT)

    assert seal is not None
    assert opened(seal("a value")) == "a value"
    assert opened(seal("ümläut [1, 2]")) == "ümläut [1, 2]"


def test_the_same_value_is_never_encrypted_alike(passphrase):
    seal = secret_encryption.sealer(passphrase, SALT)

    assert seal is not None
    assert seal("a value") != seal("a value")


@pytest.mark.parametrize(
    "salt",
    [
        None,
        "",
        "v1:KMJ8y40ahL4=",
        SALT.replace("v1:KMJ", "v2:KMJ"),
        SALT.replace("v1:1hB", "v2:1hB"),
        SALT.replace("G8i3", "G8i4"),
        SALT.replace("KMJ8", "KMJ9"),
        SALT.replace("KMJ8", "K!J8"),
        SALT.replace("1hBJjGNXiV0b9m+F", ""),
    ],
)
def test_a_salt_of_another_form_is_left_to_the_engine(passphrase, salt):
    assert secret_encryption.sealer(passphrase, salt) is None


def test_another_passphrase_is_left_to_the_engine(passphrase):
    passphrase.write_text("other words")

    assert secret_encryption.sealer(passphrase, SALT) is None


def test_a_passphrase_that_is_gone_is_left_to_the_engine(tmp_path):
    assert secret_encryption.sealer(tmp_path / "nowhere", SALT) is None


TARGET = Target("development", "development", {"chittyos:environment": "development"})
SECRETS = {"one:FIRST": "a value", "one:SECOND": "another"}


@pytest.fixture
def set_by_engine(monkeypatch):
    """Note which keys the engine was asked to set."""
    asked = []
    monkeypatch.setattr(effective_config, "pulumi", lambda _, args, **__: asked.append(args[-1]))
    return asked


def written(tmp_path, salt):
    """Set secrets in a file with *salt*; what it has then comes back."""
    paths = Paths(tmp_path)
    paths.stacks.mkdir(parents=True)
    paths.passphrase.write_text(WORDS)
    file = paths.effective("development")
    file.write_text(yaml.safe_dump({"config": {"one:plain": "kept"}, "encryptionsalt": salt}))
    effective_config._set_secrets(paths, TARGET, Path("pulumi"), SECRETS)
    return yaml.safe_load(file.read_text())


def test_secrets_are_set_without_a_call_of_the_engine_for_each(tmp_path, set_by_engine, opened):
    document = written(tmp_path, SALT)

    assert set_by_engine == []
    assert document["encryptionsalt"] == SALT
    assert document["config"].pop("one:plain") == "kept"
    assert {key: opened(each["secure"]) for key, each in document["config"].items()} == SECRETS


def test_secrets_of_a_salt_that_is_not_known_are_set_by_the_engine(tmp_path, set_by_engine):
    document = written(tmp_path, "v2:of-a-later-engine")

    assert set_by_engine == list(SECRETS)
    assert document["config"] == {"one:plain": "kept"}
