"""The tables that files of SQL have made, and where the rows of the others went.

Needs nothing but Python.
"""

from collections import defaultdict
from dataclasses import dataclass, field

MOST_SOURCES = 100
"""Tables that are noted as copied into one."""


@dataclass
class Tables:
    """What the files have made until now, in which nothing of before can be lost."""

    fresh: bool
    """Whether there was nothing before the first file."""

    tables: set[str] = field(default_factory=set)
    columns: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Columns that were added, by table."""

    copied: dict[str, str] = field(default_factory=dict)
    """Tables of which every row was copied, and to which."""

    sources: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The same from the other side."""

    heirs: set[str] = field(default_factory=set)
    """Tables that were made here, and alone have the rows of one that is gone."""

    def loses_nothing(self, table: str) -> bool:
        """Return whether nothing of before is lost where rows of *table* are; it is no copy now."""
        for source in self.sources.pop(table, ()):
            self.copied.pop(source, None)
        return table in self.tables

    def copy(self, source: str, table: str) -> None:
        """Note that *table* has every row of *source*."""
        if source != table and len(self.sources[table]) < MOST_SOURCES:
            self._forget_copy(source)
            self.copied[source] = table
            self.sources[table].add(source)

    def drop(self, table: str) -> None:
        """Note that *table* is gone."""
        is_own = table in self.tables
        self.tables.discard(table)
        self.heirs.discard(table)
        self.columns.pop(table, None)
        copy = self._forget_copy(table)
        if copy and not is_own:
            self.tables.discard(copy)
            self.heirs.add(copy)

    def rename(self, old: str, new: str) -> None:
        """Note that table *old* is called *new*."""
        for names in (self.tables, self.heirs):
            is_one = old in names
            names.difference_update((old, new))
            names.update((new,) if is_one else ())
        self.columns[new] = self.columns.pop(old, set())
        self._forget_copy(new)
        copy, sources = self._forget_copy(old), self.sources.pop(old, set())
        if copy:
            self.copy(new, copy)
        self.loses_nothing(new)
        for source in sources:
            self.copy(source, new)

    def rename_column(self, table: str, old: str, new: str) -> None:
        """Note that column *old* of *table* is called *new*."""
        if old in self.columns[table]:
            self.columns[table].discard(old)
            self.columns[table].add(new)

    def _forget_copy(self, source: str) -> str | None:
        copy = self.copied.pop(source, None)
        if copy:
            self.sources[copy].discard(source)
        return copy
