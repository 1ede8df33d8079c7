"""Whether a rule may act on a host: what is surely no is left out, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.exposure.host_scope import may_act

A, B = "a.chitty.cc", "b.chitty.cc"
ACTS = [
    "true",
    'http.host eq "a.chitty.cc"',
    'http.host == "A.chitty.cc"',
    'http.host in {"b.chitty.cc" "a.chitty.cc"}',
    'http.host ne "b.chitty.cc"',
    'not http.host eq "b.chitty.cc"',
    '!(http.host in {"b.chitty.cc"})',
    'http.host contains "chitty"',
    'http.host wildcard "*.chitty.cc"',
    'http.host strict wildcard "a.*"',
    'http.host matches r"^a"',
    "http.host in $hosts",
    'http.request.uri.path eq "/x"',
    '(http.host eq "a.chitty.cc") and (ends_with(http.request.uri.path, ".php"))',
    'http.host eq "b.chitty.cc" or ip.src in {203.0.113.0/24}',
    'starts_with(http.host, "b")',
    'lower(http.host) eq "b.chitty.cc"',
    'http.request.uri.path eq ") or (http.host eq" and http.host eq "a.chitty.cc"',
    'http.host eq "a.chitty.cc" xor ssl',
    'any(http.request.headers["x"][*] eq "y and z")',
]
DOES_NOT = [
    "false",
    'http.host eq "b.chitty.cc"',
    'http.host in {"b.chitty.cc" "c.chitty.cc"}',
    'not http.host eq "a.chitty.cc"',
    'http.host eq "b.chitty.cc" and ip.src in {203.0.113.0/24}',
    '(http.host eq "b.chitty.cc" or http.host eq "c.chitty.cc") and ssl',
    'ssl and (http.host ne "a.chitty.cc")',
    'http.host wildcard "b.*"',
    'http.host contains "connect"',
    'http.host eq "a.chitty.cc" xor http.host ne "b.chitty.cc"',
    'http.host eq "b.chitty.cc" or http.host eq "c.chitty.cc" and http.host eq "a.chitty.cc"',
    'any(http.request.headers["x"][*] eq "y") and http.host eq "b.chitty.cc"',
]


@pytest.mark.parametrize("expression", ACTS)
def test_what_may_act_acts(expression):
    assert may_act(expression, A)


@pytest.mark.parametrize("expression", DOES_NOT)
def test_what_surely_does_not_act_is_left_out(expression):
    assert not may_act(expression, A)


@given(st.text(alphabet='()and or!"=httpeq.{}', max_size=60))
def test_whatever_is_written_is_answered(expression):
    assert may_act(expression, A) in (True, False)


terms = st.sampled_from(["A", "B", "?"])
trees = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or", "xor"]), inner, inner),
    ),
    max_leaves=8,
)
LEAVES = {"A": f'http.host eq "{A}"', "B": f'http.host eq "{B}"', "?": "ssl"}


def written(tree):
    if isinstance(tree, str):
        return LEAVES[tree]
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    return f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"


def holds(tree, ssl):
    if isinstance(tree, str):
        return {"A": True, "B": False, "?": ssl}[tree]
    if tree[0] == "not":
        return not holds(tree[1], ssl)
    one, other = holds(tree[1], ssl), holds(tree[2], ssl)
    return {"and": one and other, "or": one or other, "xor": one is not other}[tree[0]]


@given(trees)
def test_a_rule_that_does_act_on_some_request_is_never_left_out(tree):
    assert may_act(written(tree), A) or not (holds(tree, ssl=True) or holds(tree, ssl=False))
