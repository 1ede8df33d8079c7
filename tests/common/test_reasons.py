"""A reason has words in it."""

import pytest

from common.reasons import is_reason


@pytest.mark.parametrize(
    "text", ["incident 12, all agreed", "the bank only takes CNAME", "wegen Störung", "новый узел"]
)
def test_words_are_a_reason(text):
    assert is_reason(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "x",
        "........",
        "12345678",
        "because",
        "ok ok ok ok",
        "a b c d",
        "TODO: why",
        "change me please",
        "INC-12345",
        "--------",
        "xxxxxxxx",
    ],
)
def test_a_reason_without_words_is_none(text):
    assert not is_reason(text)
