"""What names are refused, and that none is ever repaired."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning import names
from planning.refusals import RefusedError

RULES = [
    names.SCRIPT,
    names.BUCKET,
    names.QUEUE,
    names.DATABASE,
    names.NAMESPACE,
    names.VARIABLE,
    names.CLASS,
    names.TAG,
    names.ACCOUNT,
    names.HOST,
]
GOOD = {
    "script": (names.SCRIPT, "chittyconnect-staging"),
    "bucket": (names.BUCKET, "chittyconnect-documents"),
    "queue": (names.QUEUE, "chittyconnect-documents-events-dlq"),
    "database": (names.DATABASE, "chittyconnect-production"),
    "title": (names.NAMESPACE, "chittyops_sessions_prod"),
    "variable": (names.VARIABLE, "DO_ROLLOUT_PERCENTAGE"),
    "class": (names.CLASS, "SessionStateDO"),
    "tag": (names.TAG, "v1"),
    "account": (names.ACCOUNT, "0" * 32),
    "host": (names.HOST, "1password-connect.chitty.cc"),
}
BAD = {
    "capitals in a bucket": (names.BUCKET, "Documents", "lower-case letters"),
    "a short bucket": (names.BUCKET, "ab", "3 to 63 characters, this one has 2"),
    "a long queue": (names.QUEUE, "q" * 64, "1 to 63 characters, this one has 64"),
    "a hyphen at the end": (names.BUCKET, "documents-", "ends with a letter or digit"),
    "a digit first in a variable": (names.VARIABLE, "1TOKEN", "does not begin with a digit"),
    "an account in capitals": (names.ACCOUNT, "A" * 32, "32 hexadecimal digits"),
    "a host with a path": (names.HOST, "chitty.cc/app", "without a path"),
    "a host with a wildcard": (names.HOST, "*.chitty.cc", "without a path or a wildcard"),
    "a host of one label": (names.HOST, "localhost", "joined by dots"),
    "a newline at the end": (names.SCRIPT, "connect\n", "lower-case letters"),
}


@pytest.mark.parametrize(("rule", "name"), GOOD.values(), ids=GOOD)
def test_a_good_name_is_given_back_as_it_is(rule, name):
    assert rule.check(name) == name


@pytest.mark.parametrize(("rule", "name", "said"), BAD.values(), ids=BAD)
def test_a_bad_name_is_refused_with_what_is_allowed(rule, name, said):
    with pytest.raises(RefusedError, match=said):
        rule.check(name)


@given(rule=st.sampled_from(RULES), name=st.text(max_size=80))
def test_a_name_is_never_changed(rule, name):
    fits = rule.shortest <= len(name) <= rule.longest and re.fullmatch(rule.pattern, name)
    if fits:
        assert rule.check(name) == name
    else:
        with pytest.raises(RefusedError, match=f"a {rule.thing} "):
            rule.check(name)
