"""The text of a configuration, spoilt: it is read, or refused by clear sentences; no traceback."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import ConfigError, from_file
from config.reading.problems import LONGEST_PATH, LONGEST_VALUE
from tests.config.examples import CANARY, load, written

LONGEST_SENTENCE = 1200
GOOD = re.sub(r"^ *#.*\n", "", written(), flags=re.MULTILINE)
LINES = GOOD.splitlines(keepends=True)
BLOCK = re.compile(r"(?m)^  \w+:\w+:.*\n(?:    .*\n)*")
"""A key of the configuration, with all that is below it."""

BLOCKS = BLOCK.findall(GOOD)
SCALARS = [line for line in LINES if re.search(r"^ +[\w:]+: \S", line)]
KEYS = [line for line in LINES if re.match(r" +\w", line)]

ODD_KEYS = [
    "5",
    "0x5",
    "5.5",
    "~",
    "null",
    "true",
    "on",
    "2026-11-01",
    "[a]",
    "{a: 1}",
    "<<",
    "? a",
]
ODD_VALUES = [
    "*loop",
    "&loop [*loop]",
    "&loop {a: *loop}",
    "!!python/object/apply:os.system [id]",
    f"!{CANARY} x",
    f"!!binary {CANARY}",
    '"\\ud800"',
    '"\\UFFFFFFFF"',
    "@x",
    "`x",
    "%x",
    "'x",
    '"x',
    "[x",
    "{x",
    "a: b: c",
]
DEEP = ["[", "{a: ", "- ", "[{a: ", "? "]


def within(line, value):
    """Give the whole text with *value* as the value of *line*."""
    return GOOD.replace(line, f"{line.partition(': ')[0]}: {value}\n", 1)


def as_key(line, key):
    return GOOD.replace(line, re.sub(r"[\w:]+(?=:)", lambda _: key, line, count=1), 1)


def once_more(block, at):
    place = GOOD.index(BLOCKS[at % len(BLOCKS)])
    return GOOD[:place] + block + GOOD[place:]


def tabbed(line):
    return GOOD.replace(line, "\t" + line.lstrip(" "), 1)


def inserted(text, at):
    return GOOD[: at % len(GOOD)] + text + GOOD[at % len(GOOD) :]


def with_byte(byte, at):
    raw = GOOD.encode()
    return raw[: at % len(raw)] + bytes([byte]) + raw[at % len(raw) :]


PLACE = st.integers(0, len(GOOD))
REFUSED = st.one_of(
    st.builds(once_more, st.sampled_from(BLOCKS), PLACE),
    st.sampled_from(SCALARS).map(lambda line: GOOD.replace(line, line * 2, 1)),
    st.sampled_from(["config: {}\n", "unknown: 1\n", "5: x\n", "---\na: 1\n"]).map(GOOD.__add__),
    st.builds(as_key, st.sampled_from(KEYS), st.sampled_from(ODD_KEYS)),
    st.builds(within, st.sampled_from(SCALARS), st.sampled_from(ODD_VALUES)),
    st.builds(with_byte, st.integers(0x80, 0xFF), PLACE),
    st.sampled_from(["utf-16", "utf-16-le", "utf-32", "cp500"]).map(GOOD.encode),
    st.sampled_from([b"\xe9", b"\xff\xfe", b"\0"]).map(GOOD.encode().__add__),
    st.builds(
        lambda mark, depth: f"{GOOD}  a:\n    {mark * depth}",
        st.sampled_from(DEEP),
        st.integers(33, 3_000),
    ),
)
EITHER = st.one_of(
    PLACE.map(lambda at: GOOD[:at]),
    st.sampled_from(KEYS).map(tabbed),
    st.builds(inserted, st.text(max_size=20) | st.sampled_from("\t:[]{}'\"#&*!|>%@`-?\0\r"), PLACE),
    st.builds(within, st.sampled_from(SCALARS), st.integers(1, 6_000).map(lambda n: "9" * n)),
    st.builds(
        within, st.sampled_from(SCALARS), st.integers(1, 6_000).map(lambda n: "0x" + "f" * n)
    ),
    st.builds(
        within,
        st.sampled_from(SCALARS),
        st.sampled_from([".inf", ".nan", "1e999", "1:30", "2026-13-45"]),
    ),
    st.builds(
        within,
        st.sampled_from(SCALARS),
        st.integers(1, 3_000).map(lambda n: f"'{'[' * n}{']' * n}'"),
    ),
)


@pytest.fixture
def say(tmp_path):
    """Read and check a file of this content; give what is said of it, line by line."""
    path = tmp_path / "Pulumi.development.yaml"

    def _say(content):
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode(errors="replace")
        )
        try:
            load("development", from_file(path))
        except ConfigError as error:
            return str(error).splitlines()
        return []

    return _say


def check(said):
    for sentence in said:
        assert sentence.startswith("Pulumi.development.yaml: ")
        assert sentence.isprintable()
        assert len(sentence) < LONGEST_SENTENCE + LONGEST_VALUE + LONGEST_PATH
        assert CANARY not in sentence


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=REFUSED)
def test_a_spoilt_text_is_refused_by_clear_sentences(say, content):
    said = say(content)

    assert said
    check(said)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=EITHER)
def test_a_text_that_may_be_spoilt_is_read_or_refused_by_clear_sentences(say, content):
    check(say(content))


def test_the_text_that_is_spoilt_is_a_good_one(say):
    assert say(GOOD) == []
    assert CANARY in GOOD
    assert len(BLOCKS) > 10
