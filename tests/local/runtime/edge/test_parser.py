"""The edge's own parser takes what Cloudflare's takes, and makes the same tree of it."""

import ipaddress
from collections.abc import Iterator
from typing import Any

import octorules_wirefilter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local.runtime.edge.evaluator import Evaluator, evaluator

ORDERS = ["eq", "ne", "lt", "le", "gt", "ge", "==", "!=", "<", "<=", ">", ">="]
NAMES = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "~": "matches"}
MAPS = ["http.request.headers", "http.request.uri.args", "http.request.cookies"]

texts = st.sampled_from(['"a"', r'"\x41\"b"', 'r"a\\d"', 'r#"a"b"#', '""', "61:62", '"ü"'])
patterns = st.sampled_from(['r"^a+$"', r'"\d"', 'r"(?i)[a-z]{2,3}|x"', 'r"[[:alpha:]]"'])
wildcards = st.sampled_from(['"*a"', '"/api/*"', r'r"\*x*"'])
numbers = st.sampled_from(["0", "7", "-3", "0x1f", "017", "9223372036854775807"])
addresses = st.sampled_from(["10.1.2.3", "::1", "2001:db8::7", "::ffff:1.2.3.4"])
networks = st.sampled_from(["10.0.0.0/8", "::/0", "1.1.1.1..1.1.1.9", "2001:db8::/32"])
keys = st.sampled_from(['"x"', '"accept"'])
blanks = st.sampled_from([" ", "  ", "\n"])


def spaced(*parts: Any) -> st.SearchStrategy[str]:
    return st.tuples(blanks, *parts).map(lambda it: it[0].join(it[1:]))


def formed(template: str, *parts: Any) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda it: template.format(*it))


def several(member: Any) -> st.SearchStrategy[str]:
    return st.lists(member, max_size=3).map(lambda it: "{" + " ".join(it) + "}")


entries = formed("{}[{}]", st.sampled_from(MAPS), keys)
plain_texts = (
    st.sampled_from(["http.host", "http.request.uri.path", "ip.src.country", "http.cookie"])
    | formed("{}[0]", entries)
    | st.just("http.request.headers.names[1]")
)
text_values = st.recursive(
    plain_texts,
    lambda inner: (
        formed("{}({})", st.sampled_from(["lower", "upper", "url_decode"]), inner)
        | formed("concat({}, {})", inner | texts.filter(lambda it: ":" not in it), inner)
        | formed("substring({}, 0, 3)", inner)
    ),
    max_leaves=3,
)
int_values = st.sampled_from(["cf.edge.server_port", "cf.threat_score", "http.response.code"]) | (
    formed("len({})", text_values)
)
each_text = formed("{}[*]", entries) | st.just("http.request.headers.names[*]")


def compared_texts(left: Any) -> st.SearchStrategy[str]:
    orders = st.sampled_from(ORDERS)
    return (
        spaced(left, orders, texts | text_values)
        | spaced(left, st.just("contains"), texts)
        | spaced(left, st.sampled_from(["matches", "~"]), patterns)
        | formed("{} {} {}", left, st.sampled_from(["wildcard", "strict wildcard"]), wildcards)
        | spaced(left, st.just("in"), several(texts))
    )


comparisons = (
    compared_texts(text_values)
    | spaced(int_values, st.sampled_from(ORDERS), numbers | int_values)
    | spaced(int_values, st.just("in"), several(numbers | st.just("1..9")))
    | spaced(st.just("ip.src"), st.sampled_from(ORDERS), addresses)
    | spaced(st.just("ip.src"), st.just("in"), several(addresses | networks))
    | st.sampled_from(["ssl", "cf.client.bot"])
    | formed("starts_with({}, {})", text_values, st.sampled_from(['"a"', "http.host"]))
    | formed("has_key({}, {})", st.sampled_from(MAPS), keys)
    | formed("{}({})", st.sampled_from(["any", "all"]), compared_texts(each_text))
)
words = st.sampled_from(["and", "or", "xor", "&&", "||", "^^"])
whole = st.recursive(
    comparisons,
    lambda inner: (
        spaced(inner, words, inner)
        | formed("({})", inner)
        | formed("{}{}", st.sampled_from(["not ", "!", "! "]), inner)
    ),
    max_leaves=6,
)
ALPHABET = st.sampled_from([*'"\\(){}[]*.,!&|^ \t\naex01:$#/'])


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Draw an expression, with a character or two taken out, put in or exchanged."""
    text = draw(whole)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.just("") | ALPHABET) + text[at + draw(st.integers(0, 1)) :]
    return text


@pytest.fixture(scope="module", name="edge")
def running_evaluator() -> Iterator[Evaluator]:
    with evaluator() as running:
        yield running


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """List every object of *tree*, itself included."""
    if isinstance(tree, dict):
        yield tree
    for inner in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(inner, dict | list):
            yield from nodes(inner)


def outline(tree: dict[str, Any]) -> str:
    """Write *tree* with `ssl` for each comparison, and no brackets but its own."""
    if tree["op"] in ("and", "or", "xor"):
        return f" {tree['op']} ".join(outline(item) for item in tree["items"])
    if tree["op"] == "not":
        return f"not {outline(tree['item'])}"
    return f"({outline(tree['item'])})" if tree["op"] == "group" else "ssl"


def kind(tree: dict[str, Any]) -> str:
    """Name what *tree* is as Cloudflare's parser does."""
    if tree["op"] in ("and", "or", "xor"):
        return "combining"
    if tree["op"] == "is" and tree["left"]["kind"] == "quantifier":
        return "quantifier"
    return {"not": "unary", "group": "parenthesized"}.get(tree["op"], "comparison")


def top(tree: dict[str, Any]) -> tuple[str | None, list[str]]:
    items = tree["items"] if kind(tree) == "combining" else [tree]
    return (tree["op"] if kind(tree) == "combining" else None, [kind(item) for item in items])


def literals(tree: dict[str, Any]) -> dict[str, Any]:
    """Gather what an expression uses, by the names that Cloudflare's parser has for it."""
    found: dict[str, set[Any]] = {"fields": set(), "functions": set(), "operators": set()}
    written: dict[str, set[Any]] = {"strings": set(), "ints": set(), "ends": set()}
    for node in nodes(tree):
        if node.get("kind") in ("call", "quantifier"):
            found["functions"].add(node["name"])
        elif node.get("kind") == "field":
            found["fields"].add(node["name"])
        if node.get("op") in ("and", "or", "xor", "not"):
            found["operators"].add(node["op"])
        if "operator" in node:
            found["operators"].add(node["operator"])
            _right(node, written)
        if "literal" in node:
            _literal(node["literal"], written)
    return found | written


def _right(node: dict[str, Any], written: dict[str, set[Any]]) -> None:
    right, is_address = node["right"], node["left"]["type"] == "ip"
    if right["form"] == "literal":
        _literal(right["value"], written, is_address=is_address)
    for member in right.get("members", []):
        ends = [member] if isinstance(member, str) else [member["low"], member["high"]]
        for end in ends:
            _literal(end, written, is_address=is_address)


def _literal(value: Any, written: dict[str, set[Any]], *, is_address: bool = False) -> None:
    if is_address:
        written["ends"].add(ipaddress.ip_address(bytes.fromhex(value[1:])))
    elif isinstance(value, str):
        written["strings"].add(value.encode("latin-1").decode(errors="replace"))
    else:
        written["ints"].add(float(value))


def expected(theirs: dict[str, Any]) -> dict[str, Any]:
    networks = [ipaddress.ip_network(each) for each in theirs["ip_literals"]]
    return {
        "fields": set(theirs["fields"]),
        "functions": set(theirs["functions"]),
        "operators": set(theirs["operators"]),
        "strings": {*theirs["string_literals"], *theirs["regex_literals"]},
        "ints": {float(each) for each in theirs["int_literals"]},
        "ends": {end for each in networks for end in (each[0], each[-1])},
    }


def check_tree(tree: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert literals(tree) == expected(theirs)
    assert top(tree) == (theirs.get("top_level_op"), theirs["top_level_items"])
    joined = [node for node in nodes(tree) if node.get("op") in ("and", "or", "xor")]
    for node in joined:
        read = octorules_wirefilter.parse_expression(outline(node))
        assert read["top_level_op"] == node["op"]
        assert len(read["top_level_items"]) == len(node["items"])


@given(text=whole)
@settings(max_examples=400, deadline=None)
def test_what_is_written_by_the_grammar_has_the_tree_that_cloudflare_makes(edge, text):
    """X1, X9, X11, X14, X15, X18: operands, operators, literals, and what binds to what."""
    theirs = octorules_wirefilter.parse_expression(text)
    assert "error" not in theirs, (text, theirs)

    check_tree(edge.tree(text)["tree"], theirs)


@given(text=damaged())
@settings(max_examples=600, deadline=None)
def test_what_is_damaged_is_refused_by_both_or_read_alike(edge, text):
    theirs = octorules_wirefilter.parse_expression(text)
    ours = edge.tree(text)
    if "not emulated" in ours.get("error", "") or ("error" in ours and not text.strip()):
        return

    assert ("error" in ours) == ("error" in theirs), (text, ours, theirs)
    if "tree" in ours:
        check_tree(ours["tree"], theirs)


@pytest.mark.parametrize(
    "text",
    [
        "ssl or ssl and ssl",
        "ssl xor ssl or ssl and not ssl",
        "(ssl or ssl) and ssl",
        "not ssl or ssl",
    ],
)
def test_an_outline_is_the_expression_again(edge, text):
    assert outline(edge.tree(text)["tree"]) == text
