"""What the runtime is started with on this system."""

import sys

import pytest

from local.runtime.workerd import host_os


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "glibc.pthread.rseq=0"),
        ("glibc.malloc.check=3", "glibc.malloc.check=3:glibc.pthread.rseq=0"),
    ],
)
def test_on_linux_the_allocator_gets_its_quick_way_beside_what_is_set(monkeypatch, given, expected):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if given:
        monkeypatch.setenv("GLIBC_TUNABLES", given)

    assert host_os.environment()["GLIBC_TUNABLES"] == expected


def test_elsewhere_nothing_is_added(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)

    assert host_os.environment()["HOME"] == "/home/somebody"
    assert "GLIBC_TUNABLES" not in host_os.environment()
