"""Marks of the protocol survive, and are read for what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.rpc import _special_output_value_sig, _special_sig_key

from provider import values
from provider.values import UNKNOWN

leaves = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text()
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | inner.map(values.sealed)
    ),
    max_leaves=12,
)
bags = st.dictionaries(st.text(max_size=5), trees, max_size=4)


@given(bags)
def test_a_bag_comes_back_as_it_went(bag):
    assert values.to_bag(values.to_struct(bag)) == bag


@given(bags)
def test_an_opened_bag_has_no_marks(bag):
    assert _special_sig_key not in repr(values.opened(bag))


@given(st.text(min_size=1))
def test_secrets_are_found_wherever_they_are(text):
    bag = {"a": [{"b": values.sealed({"c": [text]})}], "d": "plain"}

    assert list(values.secret_strings(bag)) == [text]


def test_an_output_without_a_value_is_unknown():
    output = {_special_sig_key: _special_output_value_sig, "secret": True}

    assert values.opened({"a": output}) == {"a": UNKNOWN}
    assert values.has_unknown({"a": [output]})


@pytest.mark.parametrize("known", ["text", 0, [], {}, {"a": [None]}])
def test_known_values_are_not_unknown(known):
    assert not values.has_unknown(known)


def test_sealing_twice_seals_once():
    assert values.sealed(values.sealed("x")) == values.sealed("x")


@pytest.mark.parametrize("kept", [None, UNKNOWN])
def test_what_has_no_value_is_not_sealed(kept):
    assert values.sealed(kept) == kept
