"""SQL of migrations, as far as has to be known before D1 is asked to run it.

D1 runs a file in one transaction of its own, over `/query`. What it refuses there, or what means
nothing there, is found here, so that a preview can say it.
"""

import re
import sqlite3
from collections.abc import Iterator

_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]"""
_COMMENT = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_TOKEN = re.compile(rf"{_QUOTED}|{_COMMENT}|[A-Za-z_0-9$]+|;", re.DOTALL)
_OUTSIDE = re.compile(rf"({_QUOTED})|{_COMMENT}", re.DOTALL)
_TRIGGER = re.compile(r"CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b", re.IGNORECASE)
_PRAGMA = re.compile(r"PRAGMA\s+(?:\w+\.)?(\w+)\s*(?:=\s*|\(\s*)?['\"]?(\w*)", re.IGNORECASE)
_NAME = r"""(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|(\w+))"""
_DROP = re.compile(rf"DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:main\.)?{_NAME}", re.IGNORECASE)
_BREAKPOINT = "--> statement-breakpoint"
_OFF = {"off", "0", "false", "no"}

PRAGMAS = frozenset(
    {
        "case_sensitive_like",
        "defer_foreign_keys",
        "foreign_key_check",
        "foreign_key_list",
        "foreign_keys",
        "ignore_check_constraints",
        "index_info",
        "index_list",
        "index_xinfo",
        "legacy_alter_table",
        "optimize",
        "quick_check",
        "recursive_triggers",
        "reverse_unordered_selects",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)
"""What D1 lets a PRAGMA ask: developers.cloudflare.com/d1/sql-api/sql-statements."""

_REFUSED = {
    r"(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b": (
        "D1 runs each file in one transaction of its own and refuses another; remove it"
    ),
    r"VACUUM\b": "D1 runs each file in a transaction, in which there is none; remove it",
    r"(?:ATTACH|DETACH)\b": "D1 refuses it, for a database stands alone; remove it",
    r"CREATE\s+TEMP(?:ORARY)?\b": (
        "D1 refuses what belongs to one connection; make a table and drop it at the end of the file"
    ),
}
"""Statements by how they begin, and what to do instead."""


def statements(sql: str) -> list[str]:
    """Return the statements of *sql* as SQLite takes them apart; comments alone are none."""
    found, begin = [], 0
    for semicolon in re.finditer(";", sql):
        if sqlite3.complete_statement(sql[begin : semicolon.end()]):
            found.append(sql[begin : semicolon.end()])
            begin = semicolon.end()
    return [each for each in (*found, sql[begin:]) if _bare(each).strip(" \t\r\n;")]


def faults(sql: str) -> Iterator[str]:
    """Find what D1 would refuse of a file, and what it would take for something else."""
    for statement in statements(sql):
        bare = _bare(statement).strip()
        for begins, remedy in _REFUSED.items():
            if found := re.match(begins, bare, re.IGNORECASE):
                yield f"{_shown(found[0])}: {remedy}"
        pragma = _PRAGMA.match(bare)
        if pragma and pragma[1].lower() not in PRAGMAS:
            yield f"PRAGMA {pragma[1]}: D1 refuses it; remove it"
        if _TRIGGER.match(bare) and is_cut(statement):
            yield _uncut(bare)
    if _lacks_semicolon(sql):
        yield (
            f"a statement before {_BREAKPOINT} has no semicolon, and D1 takes the mark for a "
            f"comment; end the statement with one"
        )


def turns_foreign_keys_off(sql: str) -> bool:
    """Return whether *sql* asks for that, which means nothing within a transaction."""
    pragmas = (_PRAGMA.match(_bare(each).strip()) for each in statements(sql))
    return any(p and p[1].lower() == "foreign_keys" and p[2].lower() in _OFF for p in pragmas)


def dropped_tables(sql: str) -> list[str]:
    """Return the names of the tables that *sql* drops, in its order."""
    found = (_DROP.match(_bare(each).strip()) for each in statements(sql))
    return [next(filter(None, match.groups())) for match in found if match]


def is_cut(statement: str) -> bool:
    """Return whether `/query` takes one statement for several.

    It is seen to know a trigger by BEGIN in capitals, not before CR LF, and to end it at the first
    END before a space or a semicolon, though that be of a CASE (workers-sdk#10998, #14991, #15314,
    #4727). What comes then is "incomplete input".
    """
    is_open = False
    for token in _TOKEN.finditer(statement):
        text, after = token[0], statement[token.end() : token.end() + 1]
        if text == ";" and not is_open and _bare(statement[token.end() :]).strip(" \t\r\n;"):
            return True
        if is_open:
            is_open = text.upper() != "END" or (after not in {"", ";"} and not after.isspace())
        elif text == "BEGIN" and after != "\r":
            is_open = bool(_TRIGGER.match(_bare(statement[: token.start()]).strip()))
    return False


def _uncut(trigger: str) -> str:
    name = " ".join(trigger.split()[:5])
    begin = re.search(r"\bBEGIN\b\r?", trigger, re.IGNORECASE)
    if begin and begin[0].endswith("\r"):
        remedy = "end its lines with LF instead of CR LF"
    elif begin and not begin[0].startswith("BEGIN"):
        remedy = "write its BEGIN in capitals"
    else:
        remedy = "put each CASE … END in it in brackets"
    return (
        f"Cloudflare would take a trigger apart ({name} …) and answer "
        f'"incomplete input: SQLITE_ERROR"; {remedy}'
    )


def _lacks_semicolon(sql: str) -> bool:
    parts = sql.split(_BREAKPOINT)[:-1]
    return any(_bare(part).strip() and not _bare(part).rstrip().endswith(";") for part in parts)


def _bare(sql: str) -> str:
    """Return *sql* with a space in the place of each comment."""
    return _OUTSIDE.sub(lambda found: found[1] or " ", sql)


def _shown(words: str) -> str:
    return " ".join(words.upper().split())
